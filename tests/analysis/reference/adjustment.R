# Makes r_adjustment.json: calls that the reference cases of R survey 4.5 do not have.
# Rscript tests/analysis/reference/adjustment.R   (from the root; packages survey, jsonlite)
suppressMessages(library(survey))
data <- "tests/reference/data/"
syn <- read.csv(paste0(data, "syn_a2.csv"))
strat <- svydesign(
  ids = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc,
  data = read.csv(paste0(data, "apistrat.csv"))
)
syn_a2 <- svydesign(ids = ~community, strata = ~district, weights = ~w, data = syn)
totals <- c("(Intercept)" = 6194, stypeH = 755, stypeM = 1018, api99 = 3914069)
numbers <- function(estimate) list(est = unname(coef(estimate)), se = as.vector(SE(estimate)))
schools <- function(d) {
  list(mean = numbers(svymean(~api00, d)), total = numbers(svytotal(~enroll, d)),
       weights = as.vector(weights(d))[1:20])
}
cases <- list(
  variance = schools(calibrate(strat, ~ stype + api99, totals, variance = strat$variables$api99)),
  raking_bounded = schools(calibrate(
    strat, ~ stype + api99, totals, calfun = "raking", bounds = c(0.9, 1.1),
    epsilon = 1e-12, maxit = 500
  )),
  weights_bounded = schools(calibrate(
    strat, ~ stype + api99, totals, calfun = "linear", bounds = c(15, 46), bounds.const = TRUE,
    epsilon = 1e-12, maxit = 500
  )),
  standardize_missing = {
    shares <- c(.12, .2, .2, .2, .16, .12)
    found <- svyby(~satisf, ~district, svystandardize(
      syn_a2, by = ~age, over = ~district, population = shares, excluding.missing = ~satisf
    ), svymean)
    list(est = unname(coef(found)), se = as.vector(SE(found)))
  },
  standardize_whole = numbers(svymean(~aware, svystandardize(
    syn_a2, by = ~age, over = ~1, population = c(1, 2, 2, 2, 2, 1)
  )))
)
origin <- paste("R", getRversion(), "survey", packageVersion("survey"), "by adjustment.R")
jsonlite::write_json(
  list(origin = origin, cases = cases), "tests/analysis/reference/r_adjustment.json",
  auto_unbox = TRUE, digits = 15
)
