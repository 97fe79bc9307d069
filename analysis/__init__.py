"""Survey statistics on arrays and on study folders; knows neither web nor database.

=====================  ===========================================================================
designs                design_columns (from plain columns), design, strata, replication
weights                adjustment, greg, steps, residuals; weighting and calibration (of tallies)
estimates              estimation, proportions, quantiles, regression, hypotheses, association
fast tables of rates   sums, rates
limits and verdicts    intervals, presentation, decision, coverage
comparisons            comparison, ranking
small areas            area_level, unit_level, area_rates; small_area (what they share)
before the fieldwork   planning, selection, rehearsal, assessor
during and after it    fieldwork, outcomes, spikes
of a study             indicators, codebook, cells, variance; the folder itself is analysis.study
tools                  errors, stops, quadratic_forms
=====================  ===========================================================================

Formulas, sources and tests: docs/statistics.md.
"""
