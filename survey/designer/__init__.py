"""Questionnaires: uploaded, looked at as on a phone, published as numbered versions."""
