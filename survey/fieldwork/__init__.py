"""Volunteers: answers entered at the door."""
