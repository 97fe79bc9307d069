"""Writes kinds.xlsx, the third questionnaire of the tests: a question of every kind."""

from pathlib import Path

from tests.forms.sheets import build, row, rule

SURVEY = (
    row("start", "began"),
    row("end", "finished"),
    row("today", "day"),
    row("hidden", "post"),
    row("hidden", "way"),
    row("hidden", "half", default="1 + 1"),
    row("hidden", "event"),
    row("begin_group", "g_begin", "开始", "Begin"),
    row("select_one agree", "agreed", "您愿意参加吗?", "Will you take part?", required="yes"),
    row("integer", "years", "您多大年纪?", "How old are you?", required="yes"),
    row("calculate", "fits", calculation="if(${years} >= 18, '1', '0')"),
    row(
        "note",
        "too_young",
        "您 ${years} 岁,本次只问成年人。",
        "You are ${years}; this time we ask adults.",
        relevant="${years} < 18",
    ),
    row("end_group"),
    row("begin_group", "g_kinds", "各种问题", "Kinds", relevant="${fits} = '1'"),
    row("text", "who", "怎么称呼您?", "What may we call you?", required="yes"),
    row("note", "hello", "您好,${who}。", "Hello, ${who}."),
    row("range", "score", "打几分?", "What score?", parameters="start=1 end=5 step=1"),
    row("range", "share", "百分之几?", "What share?", parameters="start=0 end=100 step=5"),
    row("decimal", "hours", "几小时?", "Hours?", **rule(". <= 24", "不超过 24", "At most 24")),
    row("date", "born", "出生日期", "Date of birth", **rule(". <= today()", "太晚", "Too late")),
    row("time", "wakes", "几点起床?", "When do you get up?"),
    row(
        "select_multiple hobby or_other",
        "hobbies",
        "爱好",
        "Hobbies",
        parameters="randomize=true",
    ),
    row("rank wish", "wishes", "请排序", "Put them in order", required="yes"),
    row("select_one city", "city", "哪个城市?", "Which city?", appearance="minimal"),
    row(
        "select_one part",
        "part",
        "哪个区?",
        "Which part?",
        required="${city} != ''",
        choice_filter="city = ${city}",
    ),
    row("calculate", "city_name", calculation="jr:choice-name(${city}, '${city}')"),
    row(
        "note",
        "named",
        "您选了${city_name}。",
        "You chose ${city_name}.",
        relevant="${city} != ''",
    ),
    row("select_one yes", "heard", "您听说过“${event}”吗?", "Have you heard of “${event}”?"),
    row("acknowledge", "read_it", "请读完", "Please read", required="yes"),
    row("geopoint", "spot", "您在哪里?", "Where are you?"),
    row("end_group"),
    row("begin_repeat", "child", "孩子", "Child", relevant="${fits} = '1'"),
    row("text", "child_name", "名字", "Name", required="yes"),
    row("integer", "child_age", "${child_name}几岁?", "How old is ${child_name}?"),
    row("geopoint", "school", "学校在哪里?", "Where is the school?"),
    row("end_repeat"),
    row("begin_group", "g_end", "最后", "End", relevant="${fits} = '1'"),
    row("select_one home", "home", "您住在哪里?", "Where do you live?", required="yes"),
    row("integer", "people", "家里几口人?", "How many at home?", default="3"),
    row("text", "stamp", "编号", "Stamp", default="concat('N', 2 + 3)", read_only="yes"),
    row(
        "select_one yes", "dated", "今天方便吗?", "Today?", relevant="${day} != ''", required="yes"
    ),
    row("image", "photo", "门牌照片", "Photograph of the door", required="yes"),
    row("calculate", "ages", calculation="sum(${child_age})"),
    row("end_group"),
)
CHOICES = (
    ("agree", "yes", "愿意", "Yes"),
    ("agree", "no", "不愿意", "No"),
    ("hobby", "read", "看书", "Reading"),
    ("hobby", "walk", "散步", "Walking"),
    ("wish", "park", "公园", "A park"),
    ("wish", "bus", "公交", "A bus"),
    ("wish", "own", "${who}自己的想法", "What ${who} thinks"),
    ("city", "an", "和安", "He'an"),
    ("city", "ping", "平川", "Pingchuan"),
    ("part", "an1", "东区", "East", "an"),
    ("part", "an2", "西区", "West", "an"),
    ("part", "ping1", "南区", "South", "ping"),
    ("home", "419099001", "府前街道", "Fuqian"),
    ("home", "419099005", "石桥街道", "Shiqiao"),
    ("yes", "y", "方便", "Yes"),
    ("yes", "n", "不方便", "No"),
)
SETTINGS = {
    "form_title": "各种问题",
    "form_id": "kinds",
    "version": "1",
    "default_language": "chinese",
}

if __name__ == "__main__":
    build(Path(__file__).with_name("kinds.xlsx"), SURVEY, CHOICES, SETTINGS, ("city",))
