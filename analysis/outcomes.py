"""Response, cooperation, refusal and contact rates of a contact sample (AAPOR)."""

from collections.abc import Mapping

CLASSES = ("I", "P", "R", "NC", "O", "UH", "UO", "NE")


def outcome_rates(numbers: Mapping[str, int]) -> dict[str, float | None]:
    """The eligibility share e and the rates RR1-6, COOP1-4, REF1-3, CON1-3, as proportions.

    Parameters
    ----------
    numbers
        Contacts by class: I complete, P partial, R refusal, NC non-contact,
        O other, UH and UO unknown, NE not eligible; a class not given is 0.

    Returns
    -------
    dict
        None where the denominator is 0.

    Notes
    -----
    AAPOR Standard Definitions; e is the share of eligible among the resolved
    (the CASRO assumption).
    """
    i, p, r, nc, o, uh, uo, ne = (numbers.get(name, 0) for name in CLASSES)
    known = i + p + r + nc + o
    unknown = uh + uo
    e = _ratio(known, known + ne)
    everybody = known + unknown
    # Without a resolved contact e is unknown, and with it what rests on e.
    likely = None if e is None else known + e * unknown
    contacted = known - nc
    return {
        "e": e,
        "RR1": _ratio(i, everybody),
        "RR2": _ratio(i + p, everybody),
        "RR3": _ratio(i, likely),
        "RR4": _ratio(i + p, likely),
        "RR5": _ratio(i, known),
        "RR6": _ratio(i + p, known),
        "COOP1": _ratio(i, i + p + r + o),
        "COOP2": _ratio(i + p, i + p + r + o),
        "COOP3": _ratio(i, i + p + r),
        "COOP4": _ratio(i + p, i + p + r),
        "REF1": _ratio(r, everybody),
        "REF2": _ratio(r, likely),
        "REF3": _ratio(r, known),
        "CON1": _ratio(contacted, everybody),
        "CON2": _ratio(contacted, likely),
        "CON3": _ratio(contacted, known),
    }


def _ratio(part: float, whole: float | None) -> float | None:
    return part / whole if whole else None
