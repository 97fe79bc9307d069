# Numbers of R survey for tests/rowwise/r_numbers.csv: Rscript cross.R FOLDER r_numbers.csv
# FOLDER holds the variants of studies.py that are named below, written with seed 7.
suppressMessages(library(survey))
at <- commandArgs(TRUE)[1]
options(survey.lonely.psu = "fail", survey.adjust.domain.lonely = FALSE)
out <- data.frame()
keep <- function(variant, weighting, indicator, domain, area, wave, quantity, value)
  out <<- rbind(out, data.frame(variant, weighting, indicator, domain, area, wave, quantity,
    value = sprintf("%.17g", unname(value))))

people <- function(variant, wave) {
  x <- read.csv(sprintf("%s/%s/responses/main%d.csv", at, variant, wave), colClasses = "character")
  x <- x[x$status %in% c("", "accepted"), ]
  x$wave <- paste0("B", wave)
  x$ages <- c(k1 = "青年", k2 = "青年", k3 = "中年", k4 = "老年", k5 = "老年")[x$nl]
  x$KNOW <- ifelse(x$zhi %in% c("A", "B", "C"), as.numeric(x$zhi %in% c("A", "B")), NA)
  x$FEEL <- unname(c("甲" = 100, "乙" = 62.5, "丙" = -20)[x$feel])
  for (y in c("KNOW", "FEEL")) {   # a calibrated subset keeps its rows: no missing values there
    x[[paste0(y, "_asked")]] <- !is.na(x[[y]])
    x[[y]][is.na(x[[y]])] <- 0
  }
  areas <- read.csv(sprintf("%s/%s/areas.csv", at, variant), colClasses = "character")
  N <- setNames(as.numeric(areas$renkou), areas$code)
  x$d <- N[x$xian] / table(x$xian)[x$xian]
  x$d <- as.numeric(x$d)
  if (variant == "person_fpc") x$d <- as.numeric(x$quan)
  x$N <- suppressWarnings(as.numeric(x$zongshu))
  x
}
totals <- function(variant, margin) {
  m <- read.csv(sprintf("%s/%s/margins.csv", at, variant), colClasses = "character")
  m <- m[m$margin == margin, ]
  setNames(as.numeric(m$total), m$category)
}
poststratified <- function(d, variant, waves = NULL) {
  t <- totals(variant, "xian*ages")
  p <- data.frame(cell = names(t), Freq = unname(t))
  if (is.null(waves)) return(postStratify(d, ~cell, p))
  postStratify(d, ~cell + wave, do.call(rbind, lapply(waves, function(w) cbind(p, wave = w))))
}
raked <- function(d, variant) {
  a <- totals(variant, "xian"); b <- totals(variant, "ages"); s <- totals(variant, "xb")
  x <- d$variables
  d$variables$xian <- factor(x$xian, names(a)); d$variables$ages <- factor(x$ages, names(b))
  d$variables$xb <- factor(x$xb, names(s))
  s <- s * sum(a) / sum(s)
  known <- c(`(Intercept)` = sum(a), setNames(a[-1], paste0("xian", names(a)[-1])),
    setNames(b[-1], paste0("ages", names(b)[-1])), setNames(s[-1], paste0("xb", names(s)[-1])))
  calibrate(d, ~ xian + ages + xb, known, calfun = "raking",
    epsilon = 1e-13, maxit = 500)
}
by <- function(d, variant, weighting, wave, domains) {
  for (y in c("KNOW", "FEEL")) {
    e <- d[d$variables[[paste0(y, "_asked")]], ]
    f <- as.formula(paste("~", y))
    m <- svymean(f, e)
    keep(variant, weighting, y, "root", "659088000000", wave, "estimate", coef(m))
    keep(variant, weighting, y, "root", "659088000000", wave, "se", SE(m))
    for (g in domains) {
      b <- svyby(f, as.formula(paste("~", g)), e, svymean)
      for (i in seq_len(nrow(b))) {
        keep(variant, weighting, y, g, as.character(b[i, 1]), wave, "estimate", b[i, 2])
        keep(variant, weighting, y, g, as.character(b[i, 1]), wave, "se", b[i, 3])
      }
    }
  }
}

# fpc
for (w in 0:1) {
  x <- people("person_fpc", w)
  by(svydesign(ids = ~1, strata = ~ceng, weights = ~d, fpc = ~N, data = x), "person_fpc", "base",
     paste0("B", w), c("ceng", "ages"))
}
x <- people("person_fpc_raked", 0); x$cell <- paste(x$xian, x$ages, sep = "*")
d <- svydesign(ids = ~1, strata = ~xian, weights = ~d, fpc = ~N, data = x)
by(d, "person_fpc_raked", "base", "B0", c("xian", "ages"))
by(poststratified(d, "person_fpc_raked"), "person_fpc_raked", "post", "B0", c("xian", "ages"))
by(raked(d, "person_fpc_raked"), "person_fpc_raked", "rake", "B0", c("xian", "ages"))

# lonely rules
for (rule in c("remove", "certainty", "adjust", "average")) {
  options(survey.lonely.psu = rule)
  variant <- paste0("lonely_", rule)
  for (w in 0:1) {
    x <- people(variant, w); x$cell <- paste(x$xian, x$ages, sep = "*")
    d <- svydesign(ids = ~pian, strata = ~xian, weights = ~d, nest = TRUE, data = x)
    by(d, variant, "base", paste0("B", w), c("ages"))
    if (rule %in% c("remove", "average"))
      by(poststratified(d, variant), variant, "post", paste0("B", w), c("ages"))
    if (rule == "certainty") by(raked(d, variant), variant, "rake", paste0("B", w), c("ages"))
  }
}
# certainty strata with a lonely one: the person is the unit
options(survey.lonely.psu = "adjust")
x <- people("lonely_adjust_certainty", 0)
x$unit <- ifelse(x$xian %in% c("659088001000", "659088002000"), x$response_id, x$pian)
d <- svydesign(ids = ~unit, strata = ~xian, weights = ~d, nest = TRUE, data = x)
by(d, "lonely_adjust_certainty", "base", "B0", c("xian", "ages"))

# covariance between waves
both <- function(variant, certain = character()) {
  x <- rbind(people(variant, 0), people(variant, 1)); x$cell <- paste(x$xian, x$ages, sep = "*")
  x$unit <- ifelse(x$xian %in% certain, x$response_id, x$pian)
  svydesign(ids = ~unit, strata = ~xian, weights = ~d, nest = TRUE, data = x)
}
covariance <- function(d, variant, weighting) {
  x <- d$variables
  for (y in c("KNOW", "FEEL")) for (a in c("root", sort(unique(x$ages)))) {
    inside <- x[[paste0(y, "_asked")]] & (a == "root" | x$ages == a)
    d$variables$a0 <- as.numeric(inside & x$wave == "B0"); d$variables$y0 <- x[[y]] * d$variables$a0
    d$variables$a1 <- as.numeric(inside & x$wave == "B1"); d$variables$y1 <- x[[y]] * d$variables$a1
    r <- svyratio(~y0 + y1, ~a0 + a1, d, covmat = TRUE)
    whole <- a == "root"
    keep(variant, weighting, y, ifelse(whole, "root", "ages"), ifelse(whole, "659088000000", a),
      "B0-B1", "cov", vcov(r)["y0/a0", "y1/a1"])
  }
}
options(survey.lonely.psu = "fail")
covariance(both("covariance_true"), "covariance_true", "base")
d <- poststratified(both("covariance_true"), "covariance_true", c("B0", "B1"))
covariance(d, "covariance_true", "post")
covariance(both("covariance_true_unshared"), "covariance_true_unshared", "base")
d <- both("covariance_certainty", c("659088001000", "659088002000"))
covariance(d, "covariance_certainty", "base")
options(survey.lonely.psu = "adjust")
covariance(both("covariance_lonely_adjust"), "covariance_lonely_adjust", "base")
d <- poststratified(both("covariance_lonely_adjust"), "covariance_lonely_adjust", c("B0", "B1"))
covariance(d, "covariance_lonely_adjust", "post")
options(survey.lonely.psu = "average")
covariance(both("covariance_lonely_average"), "covariance_lonely_average", "base")

# intervals, base weights, at the level of the plan
options(survey.lonely.psu = "fail")
methods <- list(list("logit_80", "xlogit", .8), list("korn_graubard_90", "beta", .9),
  list("wald_99", "mean", .99))
for (v in methods) {
  x <- people(v[[1]], 0)
  d <- svydesign(ids = ~pian, strata = ~xian, weights = ~d, nest = TRUE, data = x)
  e <- d[d$variables$KNOW_asked, ]
  df <- nrow(unique(e$variables[c("xian", "pian")])) - length(unique(e$variables$xian))
  ci <- attr(svyciprop(~KNOW, e, method = v[[2]], level = v[[3]], df = df), "ci")
  keep(v[[1]], "base", "KNOW", "root", "659088000000", "B0", "low", ci[1])
  keep(v[[1]], "base", "KNOW", "root", "659088000000", "B0", "high", ci[2])
}
write.csv(out, commandArgs(TRUE)[2], row.names = FALSE, quote = FALSE, fileEncoding = "UTF-8")
