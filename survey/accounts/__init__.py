"""Accounts of staff: roles, rights, logins."""
