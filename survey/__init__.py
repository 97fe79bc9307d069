"""The platform: questionnaires, answers, accounts and pages around the statistics."""
