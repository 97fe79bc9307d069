"""The floor: a minimal Flask app that renders a static form and inserts one row."""

import json
import os
import uuid

import sqlalchemy as sa
from flask import Flask, redirect, render_template_string, request

# As many questions and choices as the questionnaire of 和安市.
QUESTIONS, CHOICES = 22, 5
FORM = """<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><title>floor</title>
<body><form method="post">{% for q in questions %}<fieldset><legend>{{ q.label }}</legend>
{% for code, label in q.choices %}<label><input type="radio" name="{{ q.name }}" value="{{ code }}">
{{ label }}</label>{% endfor %}</fieldset>{% endfor %}<button>提交</button></form></body></html>"""
QUESTIONNAIRE = [
    {
        "name": f"q{number}",
        "label": f"第 {number} 题:总的来说,您对本市的工作满意吗?",
        "choices": [(str(code), f"选项 {code}") for code in range(1, CHOICES + 1)],
    }
    for number in range(1, QUESTIONS + 1)
]

app = Flask(__name__)
engine = sa.create_engine(os.environ["FLOOR_DATABASE_URL"])
answers = sa.Table(
    "answers_of_the_floor",
    sa.MetaData(),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
)


@app.get("/form")
def form() -> str:
    return render_template_string(FORM, questions=QUESTIONNAIRE)


@app.post("/form")
def submit() -> object:
    content = {
        question["name"]: request.form.get(question["name"], "") for question in QUESTIONNAIRE
    }
    with engine.begin() as connection:
        connection.execute(sa.insert(answers), {"id": uuid.uuid4(), "content": json.dumps(content)})
    return redirect("/thanks", 303)


@app.get("/thanks")
def thanks() -> str:
    return render_template_string("<!doctype html><title>thanks</title><p>已收到,谢谢您!</p>")
