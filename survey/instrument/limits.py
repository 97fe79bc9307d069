"""How large a questionnaire may be: what is beyond is refused, with its count."""

# The file as it is uploaded, before anything is read.
MAX_UPLOAD = 10_000_000  # bytes
MAX_BYTES = 50_000_000  # unpacked
MAX_XML_BYTES = 10_000_000  # unpacked, of the parts that a parser reads
MAX_RATIO = 100  # unpacked to packed
MAX_MEMBERS = 200
MAX_SHEETS = 50

# The sheets, before their rows become questions.
MAX_ROWS = 6_000  # of a sheet, with something in them
MAX_COLUMNS = 200
MAX_CELLS = 150_000  # of a sheet
MAX_PADDED_CELLS = 2_000_000  # of an .xls, whose rows are all padded to the widest
MAX_CHARACTERS = 5_000_000  # of a sheet; one long text may stand in many cells

# The form.
MAX_QUESTIONS = 500
MAX_CHOICES = 5_000  # of all lists that are used
MAX_LANGUAGES = 20
MAX_DEPTH = 8  # groups within groups
MAX_LABEL = 5_000  # characters
MAX_CODE = 100
MAX_EXPRESSIONS = 100_000  # characters of all expressions together; one alone: tokens.MAX_LENGTH
MAX_STEPS = 1_000  # numbers on a range

# An interview.
MAX_INSTANCES = 20  # of a repeat
