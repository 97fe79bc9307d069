"""Production: the settings come from the environment and must be complete."""

from survey.app import create_app
from survey.config import Config

app = create_app(Config.from_env())
