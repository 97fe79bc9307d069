"""Settings are refused in one clear sentence when they are missing or weak."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from survey.config import DEFAULT_DATABASE, Config
from survey.errors import ConfigError
from tests.survey.accounts.world import SECRET

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "SECRET_KEY": SECRET,
    "MINYI_BASE_URL": "https://minyi.example.cn",
    "MINYI_DATABASE_URL": "sqlite:///x.sqlite",
}

BAD = [
    ("SECRET_KEY", None, "is not set"),
    ("SECRET_KEY", "", "is not set"),
    ("SECRET_KEY", SECRET[:31], "too short"),
    ("SECRET_KEY", "a" * 64, "guessed"),
    ("SECRET_KEY", "ab" * 32, "guessed"),
    ("SECRET_KEY", "changeme" + SECRET, "guessed"),
    ("SECRET_KEY", "0123456789abcdef0123456789abcdef", "guessed"),
    ("SECRET_KEY", "this-is-my-Secret-Key-for-production", "guessed"),
    ("MINYI_BASE_URL", None, "address"),
    ("MINYI_BASE_URL", "minyi.example.cn", "address"),
    ("MINYI_BASE_URL", "ftp://minyi.example.cn", "address"),
    ("MINYI_BASE_URL", "https://", "address"),
    ("MINYI_BASE_URL", "https://minyi.example.cn/survey", "without a path"),
    ("MINYI_BASE_URL", "https://minyi.example.cn?x=1", "address"),
    ("MINYI_BASE_URL", "https://somebody@minyi.example.cn", "address"),
    ("MINYI_BASE_URL", "https://minyi.example.cn:port", "address"),
    ("MINYI_BASE_URL", "https://[minyi", "address"),
    ("MINYI_BASE_URL", "http://minyi.example.cn", "https://"),
    ("MINYI_BASE_URL", "http://127.0.0.1.example.cn", "https://"),
    ("MINYI_DATABASE_URL", "mysql://root@host/x", "sqlite:///FILE"),
    ("MINYI_DATABASE_URL", "no address", "sqlite:///FILE"),
    ("MINYI_DATABASE_URL", "sqlite://", "sqlite:///FILE"),
    ("MINYI_DATABASE_URL", "postgresql+psycopg://host", "sqlite:///FILE"),
    ("MINYI_DATABASE_URL", "sqlite:///:memory:", "keeps nothing"),
    ("MINYI_TRUSTED_PROXIES", "-1", "number of proxies"),
    ("MINYI_TRUSTED_PROXIES", "6", "number of proxies"),
    ("MINYI_TRUSTED_PROXIES", "1.0", "number of proxies"),
    ("MINYI_TRUSTED_PROXIES", "\u0661", "number of proxies"),
    ("MINYI_TRUSTED_PROXIES", "9" * 5000, "number of proxies"),
    ("MINYI_TRUSTED_PROXIES", "*", "number of proxies"),
]


@pytest.mark.parametrize(("name", "value", "sentence"), BAD)
def test_a_bad_setting_is_refused_in_both_languages(name, value, sentence):
    environ = {key: text for key, text in (GOOD | {name: value}).items() if text is not None}
    with pytest.raises(ConfigError) as refusal:
        Config.from_env(environ)
    english, chinese = refusal.value.sentence("en"), refusal.value.sentence("zh")
    assert english.startswith(f"{name}: ")
    assert sentence in english
    assert chinese.startswith(f"{name}:")
    assert "\n" not in english + chinese
    if value and name == "SECRET_KEY":
        assert value not in english


@pytest.mark.parametrize(
    "base_url", ["https://minyi.example.cn", "http://127.0.0.1:8000", "http://localhost:8000/"]
)
def test_good_settings_are_taken(base_url):
    config = Config.from_env(GOOD | {"MINYI_BASE_URL": base_url})
    assert config.base_url == base_url.rstrip("/")
    assert config.https == base_url.startswith("https")
    assert config.demo_mode is False


@pytest.mark.parametrize(("text", "proxies"), [(None, 0), ("", 0), ("0", 0), ("2", 2)])
def test_no_proxy_is_believed_unless_the_settings_say_so(text, proxies):
    more = {} if text is None else {"MINYI_TRUSTED_PROXIES": text}
    assert Config.from_env(GOOD | more).trusted_proxies == proxies


def test_without_an_address_the_database_is_a_file_here():
    environ = {key: value for key, value in GOOD.items() if key != "MINYI_DATABASE_URL"}
    assert Config.from_env(environ).database_url == DEFAULT_DATABASE


def test_the_environment_cannot_switch_the_demo_on():
    more = {"MINYI_DEMO": "1", "DEMO_MODE": "true", "FLASK_DEBUG": "1"}
    assert Config.from_env(GOOD | more).demo_mode is False


def test_the_demo_is_for_this_host_and_for_sqlite():
    config = Config.demo(secret_key=SECRET, database_url="sqlite:///demo.sqlite", port=8123)
    assert (config.demo_mode, config.base_url) == (True, "http://127.0.0.1:8123")
    with pytest.raises(ConfigError, match="SQLite only"):
        Config.demo(secret_key=SECRET, database_url="postgresql+psycopg:///x", port=8000)


def test_a_printed_configuration_shows_no_secret():
    config = Config(
        secret_key=SECRET,
        base_url="https://minyi.example.cn",
        database_url="postgresql+psycopg://minyi:hidden@db/minyi",
    )
    assert SECRET not in repr(config)
    assert "hidden" not in repr(config)


def test_keys_differ_by_purpose_and_by_secret():
    config = Config(secret_key=SECRET, base_url="https://minyi.example.cn")
    other = Config(secret_key=SECRET[::-1], base_url="https://minyi.example.cn")
    keys = {config.key("a"), config.key("b"), other.key("a")}
    assert len(keys) == 3
    assert {len(key) for key in keys} == {32}
    assert config.key("a") == config.key("a")


def start_production(tmp_path, **environ):
    kept = {key: value for key, value in os.environ.items() if key not in GOOD}
    return subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=tmp_path,
        env=kept | environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_does_not_start_without_its_settings(tmp_path):
    refused = start_production(tmp_path)
    assert refused.returncode == 1
    assert "SECRET_KEY: is not set" in refused.stderr
    weak = start_production(tmp_path, **GOOD | {"SECRET_KEY": "password" * 8})
    assert weak.returncode == 1
    assert "SECRET_KEY: is a well-known" in weak.stderr
    assert start_production(tmp_path, **GOOD).returncode == 0
