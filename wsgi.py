"""Production: the settings come from the environment and must be complete."""

from survey.app import create_app
from survey.config import Config
from survey.housekeeping import keep_tidy

app = create_app(Config.from_env())
keep_tidy(app)
