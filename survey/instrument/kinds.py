"""The types of the survey sheet: as which kind a spelling is read, and why some are not."""

from survey.instrument.items import Kind

# With the older spellings that pyxform still takes.
_SPELLINGS = {
    Kind.TEXT: ("text", "string", "q string", "add text prompt"),
    Kind.INTEGER: ("integer", "int", "q int", "add integer prompt"),
    Kind.DECIMAL: ("decimal", "q decimal", "add decimal prompt"),
    Kind.RANGE: ("range",),
    Kind.DATE: ("date", "q date", "add date prompt"),
    Kind.TIME: ("time",),
    Kind.ACKNOWLEDGE: ("acknowledge", "q acknowledge", "add acknowledge prompt"),
    Kind.GEOPOINT: (
        "geopoint",
        "gps",
        "location",
        "q geopoint",
        "q location",
        "add location prompt",
    ),
    Kind.IMAGE: ("image", "photo", "q image", "q picture", "add image prompt", "add photo prompt"),
    Kind.NOTE: ("note", "q note", "add note prompt"),
    Kind.CALCULATE: ("calculate", "q calculate", "add calculate prompt"),
    Kind.HIDDEN: ("hidden",),
    Kind.START: ("start", "start time", "get start time"),
    Kind.END: ("end", "end time", "get end time"),
    Kind.TODAY: ("today", "get today"),
}
KINDS = {spelling: kind for kind, spellings in _SPELLINGS.items() for spelling in spellings}
SELECTS = {
    "select one": Kind.SELECT_ONE,
    "select all that apply": Kind.SELECT_MULTIPLE,
    "rank": Kind.RANK,
}
SUPPORTED = tuple(kind.value for kind in Kind)

_WHO = ("不采集:会暴露答题人是谁", "not collected: says who answers")
_DEVICE = ("不采集:会暴露答题人的手机", "not collected: says whose phone it is")
_RECORDING = ("不收录音、录像和文件", "recordings and files are not collected")
_LINES = ("只问一个点,不问线和面", "one point is asked for, no lines and areas")
_TRACK = ("不暗中记录位置和操作", "nothing is recorded in the background")
_FILES = (
    "不读取外部文件,请把选项写进 choices 表",
    "external files are not read; put the choices into the choices sheet",
)
_EARLIER = ("选项不能来自前面的回答", "choices cannot come from earlier answers")
_REFUSED = {
    **dict.fromkeys(
        (
            *("phonenumber", "phone number", "get phone number", "uri:phonenumber"),
            *("username", "uri:username", "email", "uri:email"),
        ),
        _WHO,
    ),
    **dict.fromkeys(
        (
            *("deviceid", "device id", "get device id", "imei", "uri:deviceid"),
            *("subscriberid", "subscriber id", "get subscriber id", "uri:subscriberid"),
            *("simserial", "sim id", "get sim id", "uri:simserial"),
        ),
        _DEVICE,
    ),
    **dict.fromkeys(
        (
            *("audio", "q audio", "add audio prompt", "background-audio"),
            *("video", "q video", "add video prompt", "file", "add file prompt"),
        ),
        _RECORDING,
    ),
    **dict.fromkeys(("geotrace", "geoshape", "q geotrace", "q geoshape", "osm"), _LINES),
    **dict.fromkeys(("audit", "start-geopoint", "background-geopoint"), _TRACK),
    **dict.fromkeys(("xml-external", "csv-external"), _FILES),
    **dict.fromkeys(
        ("barcode", "q barcode", "add barcode prompt"),
        ("不扫条码,请用 text", "barcodes are not scanned; use text"),
    ),
    **dict.fromkeys(
        ("datetime", "date time", "q date time", "q datetime", "add date time prompt"),
        ("请分成 date 和 time 两题", "ask for it as a date and a time"),
    ),
    "add datetime prompt": ("请分成 date 和 time 两题", "ask for it as a date and a time"),
    "trigger": ("请用 acknowledge", "use acknowledge"),
    "percentage": ("请用 integer 或 range", "use integer or range"),
}


def reason_against(written: str) -> tuple[str, str] | None:
    """Why a known type is not supported, in Chinese and English; None for an unknown one."""
    text = written.lower()
    command = text.partition(" ")[0]
    if "_from_file" in text or "from file" in text or "external" in command:
        return _FILES
    if command in {"select_one", "select_multiple", "rank"} and "${" in text:
        return _EARLIER
    if command == "osm":
        return _LINES
    return _REFUSED.get(text)
