"""Analysts: held answers with their reasons, decided; checks over a batch; freezing a wave."""
