"""Sheets to print, as PDF: values in, bytes out, without web and without database."""
