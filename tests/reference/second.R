# A second file of cases: the data of tests/reference/data under other names, rows in another order,
# weights times 3, other designs and other calls; its results are those of R survey 4.1-1.
#
#   Rscript tests/reference/second.R          (from the project's folder, UTF-8 locale)
#
# writes tests/reference/second/cases.json and tests/reference/second/data/*.csv. Left out or held
# to a looser tolerance: where 4.1-1 differs from 4.5 (the README of the reference cases, 7).

suppressMessages({ library(survey); library(nlme) })
options(warn = -1)
source("tests/reference/r_ast.R")
from <- "tests/reference/data/"
into <- "tests/reference/second/"
given <- function(name) read.csv(paste0(from, name, ".csv"), na.strings = c("", "NA"))

# --- data ----------------------------------------------------------------------------------------

cell <- function(v) {
  if (is.character(v)) return(ifelse(is.na(v), "", paste0('"', v, '"')))
  if (is.logical(v)) return(ifelse(is.na(v), "", as.character(v)))
  vapply(v, function(one) {
    if (is.na(one)) return("")
    short <- format(one, digits = 15)
    if (as.numeric(short) == one) trimws(short) else sprintf("%.17g", one)
  }, "")
}
put <- function(name, frame) {
  lines <- do.call(paste, c(lapply(unname(as.list(frame)), cell), sep = ","))
  heads <- paste0('"', names(frame), '"', collapse = ",")
  writeLines(c(heads, lines), paste0(into, "data/", name, ".csv"), useBytes = TRUE)
}
permuted <- function(frame, step) frame[(seq_len(nrow(frame)) * step) %% nrow(frame) + 1, ]

a <- given("apistrat")
schools <- with(a, data.frame(
  kind = c(E = "primary", H = "upper", M = "middle")[stype], school = snum, place = dnum,
  target = sch_wide, award = ifelse(seq_along(awards) %% 23 == 0, NA, awards), target_b = sch_wide_b,
  large = hi, score = api00, before = api99, pupils = enroll, lunch = meals, learners = ell,
  moved = ifelse(seq_along(mobility) %% 31 == 0, NA, mobility), urgent = emer > 12, tested = pcttest,
  prizes = (snum + dnum) %% 5, wgt = 3 * pw, pop = fpc, whole = 6194
))
schools$share <- as.vector(table(schools$kind)[schools$kind]) / schools$pop
put("schools", permuted(schools, 73))
b <- given("apiclus2")
villages <- with(b, data.frame(
  home = dnum, house = snum, kind = c(E = "primary", H = "upper", M = "middle")[stype],
  full = both_b, rounds = yr_rnd, score = api00, before = api99, pupils = enroll, lunch = meals,
  wgt = 3 * pw, pop1 = fpc1, pop2 = fpc2, region = paste0("R", dnum %% 4)
))
put("villages", permuted(villages, 41))
n <- given("nhanes")
health <- with(n[seq_len(nrow(n)) %% 2 == 0, ], data.frame(
  unit = SDMVPSU, zone = SDMVSTRA, exam = 3 * WTMEC2YR, chol = HI_CHOL, origin = paste0("o", race),
  years = agecat, female = RIAGENDR == 2
))
put("health", permuted(health, 997))
towns <- function(name) with(given(name), data.frame(
  commune = community, borough = sub("D0", "B", district), communes = n_comm, round = wave,
  gender = c(F = "woman", M = "man")[sex], agegroup = age, school = edu, wt = 3 * w, knows = aware,
  backs = support, content = satisf, acts = particip, points = score, person = rid,
  people = 400 + 7 * nchar(community) + 11 * n_comm, visits = rid %% 4,
  nearby = ifelse(rid %% 17 == 0, NA, rid %% 3 == 0)
))
put("towns", permuted(towns("syn_a2"), 101))
put("towns_all", permuted(towns("syn_a"), 101))
by_borough <- split(read.csv(paste0(into, "data/towns.csv")), ~borough)
put("pairs", do.call(rbind, lapply(by_borough, function(t)
  t[t$commune %in% sort(unique(t$commune))[1:2], ])))
boot <- given("syn_a2_bootweights")[, 1:30]
names(boot) <- paste0("rep", seq_along(boot))
put("boot", 3 * permuted(boot, 101))
f <- given("fpc")
put("farms", permuted(with(f, data.frame(
  block = stratid, field = psuid, w = 3 * weight, inblock = Nh, part = nh / Nh, crop = x,
  fieldid = 10 * stratid + psuid
)), 3))
s <- given("scd")
put("rescue", permuted(with(s, data.frame(area = ESA, car = ambulance, calls = arrests, saved = alive)), 5))
half <- given("scd_repweights")
names(half) <- paste0("h", seq_along(half))
put("halves", permuted(half, 5))
e <- given("election_pps")
put("precincts", permuted(with(e, data.frame(
  county = County, size = ifelse(TotPrecincts > 300, "big", "small"), first = Bush, second = Kerry,
  third = Nader, all = votes, chance = p
)), 7))
area <- data.frame(area = sprintf("a%02d", 1:24), near = 1:24 %% 3, region = c("n", "s", "w", "n")[1:24 %% 4 + 1])
area$help <- round(sin(1:24) + (1:24) / 10, 3)
area$direct <- round(2 + 0.6 * area$help + 0.3 * area$near + 0.5 * cos(1.7 * (1:24)^1.3), 3)
area$se <- round(0.18 + 0.12 * abs(sin(2.3 * (1:24))), 3)
put("areas", permuted(area, 5))

tables <- list.files(paste0(into, "data"), full.names = TRUE)
DATA <- lapply(tables, read.csv, na.strings = "")
names(DATA) <- sub(".csv$", "", basename(tables))
matrices <- list(halves = "data/halves.csv", boot = "data/boot.csv")

# --- designs -------------------------------------------------------------------------------------

design <- function(data, ids = NULL, strata = NULL, weights = NULL, fpc = NULL, nest = FALSE, pps = NULL)
  list(data = paste0("data/", data, ".csv"), ids = ids, strata = strata, weights = weights, fpc = fpc,
       nest = nest, options = list(), pps = pps)
designs <- list(
  schools = design("schools", NULL, "kind", "wgt", "pop"),
  plain = design("schools", NULL, "kind", "wgt"),
  shares = design("schools", NULL, "kind", "wgt", "share"),
  sizes = design("schools", NULL, "kind", NULL, "pop"),
  simple = design("schools"),
  simple_fpc = design("schools", fpc = "whole"),
  villages2 = design("villages", c("home", "house"), NULL, NULL, c("pop1", "pop2")),
  villages2w = design("villages", c("home", "house"), NULL, "wgt", c("pop1", "pop2")),
  villages2nofpc = design("villages", c("home", "house"), NULL, "wgt"),
  villages1 = design("villages", "home", NULL, "wgt"),
  villages1fpc = design("villages", "home", NULL, "wgt", "pop1"),
  health = design("health", "unit", "zone", "exam", nest = TRUE),
  towns = design("towns", "commune", "borough", "wt"),
  towns_nest = design("towns", "commune", "borough", "wt", nest = TRUE),
  towns_fpc = design("towns", "commune", "borough", "wt", "communes"),
  towns_stages = design("towns", c("commune", "person"), "borough", "wt", c("communes", "people")),
  lonely = design("towns_all", "commune", "borough", "wt"),
  lonely_fpc = design("towns_all", "commune", "borough", "wt", "communes"),
  farms = design("farms", "field", "block", "w", "inblock", nest = TRUE),
  farms_part = design("farms", "field", "block", "w", "part", nest = TRUE),
  farms_id = design("farms", "fieldid", "block", "w"),
  rescue = design("rescue", "car", "area", nest = TRUE),
  pairs = design("pairs", "commune", "borough", "wt"),
  shares_only = design("schools", NULL, "kind", NULL, "share"),
  villages_nest = design("villages", c("home", "house"), NULL, NULL, c("pop1", "pop2"), nest = TRUE),
  precincts = design("precincts", fpc = "chance", pps = "brewer"),
  precincts_size = design("precincts", NULL, "size", NULL, "chance", pps = "brewer")
)
formula_of <- function(names) if (is.null(names)) NULL else reformulate(names)
designed <- function(spec, x) {
  parts <- list(ids = if (is.null(spec$ids)) ~1 else formula_of(spec$ids), strata = formula_of(spec$strata),
    weights = formula_of(spec$weights), fpc = formula_of(spec$fpc), nest = spec$nest, data = x)
  if (!is.null(spec$pps)) parts$pps <- spec$pps
  do.call(svydesign, parts)
}
usual <- list(survey.lonely.psu = "fail", survey.adjust.domain.lonely = FALSE, survey.ultimate.cluster = FALSE)

# --- functions that are not R survey's: by their formulas ----------------------------------------

wts <- function(p) {
  w <- as.vector(weights(p, "sampling"))
  c(if (length(w) <= 700) list(weights = w) else list(first20 = w[1:20], min = min(w), max = max(w)),
    list(sum = sum(w), sumsq = sum(w^2)))
}
# Korn and Graubard's limits with the n_eff of Parker et al. 2017, not above n
nchs <- function(v, by, d, level = .95) {
  x <- d$variables
  rows <- lapply(sort(unique(x[[by]][!is.na(x[[v]])])), function(g) {
    part <- subset(d, !is.na(x[[v]]) & x[[by]] %in% g)
    m <- svymean(part$variables[[v]], part)
    p <- coef(m)[[1]]; se <- SE(m)[[1]]; n <- nrow(part); df <- degf(part)
    edge <- p == 0 || p == 1
    t <- if (df > 0) (qt((1 - level) / 2, n - 1) / qt((1 - level) / 2, df))^2 else 0
    ne <- if (edge) n else min(n, p * (1 - p) / se^2 * t)
    y <- p * ne
    low <- qbeta((1 - level) / 2, y, ne - y + 1); high <- qbeta((1 + level) / 2, y + 1, ne - y)
    width <- if (edge) 0 else high - low
    present <- n >= 30 && ne >= 30 && (width <= .05 || (width < .3 && width / p <= 1.3))
    data.frame(level = as.character(g), n = n, k = sum(part$variables[[v]] == 1), p = p, se = se, df = df,
      n_eff = ne, width = width, rel_width = width / p, present = present)
  })
  as.list(do.call(rbind, rows))
}
# Klein, Wright and Wieczorek 2020
kww <- function(est, se, level, how) {
  k <- length(est)
  z <- if (how == "sidak") qnorm((1 + level^(1 / k)) / 2) else qnorm(1 - (1 - level) / 2 / k)
  low <- est - z * se; high <- est + z * se
  list(z = z, lower_rank = sapply(seq_len(k), function(i) 1 + sum(high[-i] < low[i])),
    upper_rank = sapply(seq_len(k), function(i) k - sum(low[-i] > high[i])))
}
nProp <- function(CV0 = NULL, V0 = NULL, pU, N = Inf) {
  q <- 1 - pU
  a <- if (is.finite(N)) N / (N - 1) else 1
  if (is.null(V0)) a * q / pU / (CV0^2 + q / pU / (if (is.finite(N)) N - 1 else Inf))
  else a * pU * q / (V0 + pU * q / (if (is.finite(N)) N - 1 else Inf))
}
nPropMoe <- function(moe.sw, e, alpha = .05, pU, N = Inf) {
  z <- qnorm(1 - alpha / 2); q <- 1 - pU
  a <- if (is.finite(N)) N / (N - 1) else 1
  last <- if (is.finite(N)) N - 1 else Inf
  if (moe.sw == 1) a * z^2 * pU * q / (e^2 + z^2 * pU * q / last)
  else a * z^2 * q / pU / (e^2 + z^2 * q / pU / last)
}
nWilson <- function(moe.sw, alpha = .05, pU, e) {
  if (moe.sw == 2) e <- e * pU
  z <- qnorm(1 - alpha / 2); q <- 1 - pU
  rad <- sqrt(e^2 - pU * q * (4 * e^2 - pU * q))
  list(n.sam = (pU * q - 2 * e^2 + rad) / (2 * e^2 / z^2))
}
strAlloc <- function(n.tot = NULL, Nh, Sh = NULL, cost = NULL, ch = NULL, V0 = NULL, CV0 = NULL,
                     ybarU = NULL, alloc) {
  W <- Nh / sum(Nh)
  nh <- switch(alloc, prop = n.tot * W, neyman = n.tot * W * Sh / sum(W * Sh),
    totcost = cost * (W * Sh / sqrt(ch)) / sum(W * Sh * sqrt(ch)),
    totvar = {
      if (is.null(V0)) V0 <- (CV0 * ybarU)^2
      n <- sum(W * Sh * sqrt(ch)) * sum(W * Sh / sqrt(ch)) / (V0 + sum(W * Sh^2) / sum(Nh))
      n * (W * Sh / sqrt(ch)) / sum(W * Sh / sqrt(ch))
    })
  list(nh = nh, `nh/n` = nh / sum(nh))
}
inclusion <- function(a, n) {
  p <- n * a / sum(a)
  sure <- p >= 1
  while (any(p[!sure] >= 1) || sum(p > 1)) {
    sure <- sure | p >= 1
    p[!sure] <- (n - sum(sure)) * a[!sure] / sum(a[!sure])
    p[sure] <- 1
  }
  p
}
# Fay and Herriot 1979; mean squared errors as in Rao and Molina 2015, 6.2 and 6.4
mseFH <- function(formula, vardir, method = "REML", MAXITER = 100, PRECISION = 1e-4, data) {
  frame <- if (missing(data)) model.frame(formula) else model.frame(formula, data)
  if (!missing(data)) vardir <- eval(substitute(vardir), data)
  y <- model.response(frame); X <- model.matrix(formula, frame); D <- vardir; m <- length(y)
  at <- function(A) {
    v <- 1 / (A + D)
    Q <- solve(t(X * v) %*% X)
    b <- Q %*% t(X * v) %*% y
    list(v = v, Q = Q, b = b, r = as.vector(y - X %*% b))
  }
  score <- function(A) {
    p <- at(A)
    traced <- switch(method, ML = sum(p$v), FH = 0,
      REML = sum(p$v) - sum(diag(p$Q %*% t(X * p$v^2) %*% X)))
    if (method == "FH") sum(p$r^2 * p$v) - (m - ncol(X)) else sum(p$r^2 * p$v^2) - traced
  }
  A <- if (score(0) <= 0) 0 else uniroot(score, c(0, 10 * var(y)), tol = 1e-15, maxiter = 5000)$root
  p <- at(A); B <- D * p$v
  s1 <- sum(p$v); s2 <- sum(p$v^2)
  spread <- if (method == "FH") 2 * m / s1^2 else 2 / s2
  bias <- switch(method, REML = 0, ML = -sum(diag(p$Q %*% t(X * p$v^2) %*% X)) / s2,
    FH = 2 * (m * s2 - s1^2) / s1^3)
  mse <- D * (1 - B) + B^2 * rowSums((X %*% p$Q) * X) + 2 * B^2 * spread * p$v - bias * B^2
  coefficients <- data.frame(beta = as.vector(p$b), std.error = sqrt(diag(p$Q)))
  list(est = list(eblup = as.vector(X %*% p$b) + (1 - B) * p$r,
    fit = list(method = method, estcoef = coefficients, refvar = A)), mse = mse)
}
eblupFH <- function(...) mseFH(...)$est
# Battese, Harter and Fuller 1988, fitted by nlme
eblupBHF <- function(formula, dom, meanxpop, popnsize, data) {
  x <- model.matrix(formula, data); y <- model.response(model.frame(formula, data))
  g <- eval(substitute(dom), data)
  m <- lme(y ~ x - 1, random = ~ 1 | g, data = list2env(list(x = x, y = y, g = factor(g))),
    method = "REML", control = lmeControl(tolerance = 1e-12, msTol = 1e-12, msMaxIter = 500, maxIter = 500))
  b <- fixef(m); u <- ranef(m)[[1]]; names(u) <- rownames(ranef(m))
  means <- cbind(1, as.matrix(meanxpop[, -1]))
  eblup <- sapply(seq_len(nrow(meanxpop)), function(i) {
    k <- meanxpop[i, 1]; rows <- g == k
    share <- sum(rows) / popnsize[popnsize[, 1] == k, 2]
    inside <- if (any(rows)) colMeans(x[rows, , drop = FALSE]) else 0
    answers <- if (any(rows)) mean(y[rows]) else 0
    share * answers + sum((means[i, ] - share * inside) * b) + (1 - share) * ifelse(any(rows), u[as.character(k)], 0)
  })
  v <- as.numeric(VarCorr(m)[, 1])
  list(eblup = data.frame(domain = meanxpop[, 1], eblup = eblup), fit = list(fixed = unname(b), refvar = v[1], errorvar = v[2]))
}

# --- how a result is written ---------------------------------------------------------------------

several <- function(v) if (is.null(v)) NULL else I(unname(as.vector(v)))
nested <- function(v) {
  if (length(dim(v)) < 2) return(several(v))
  lapply(seq_len(dim(v)[1]), function(i)
    nested(array(v[slice.index(v, 1) == i], dim(v)[-1])))
}
square <- function(x) nested(as.matrix(vcov(x)))
statistic <- function(x, deff = NULL)
  c(list(names = several(names(coef(x))), est = several(coef(x)), se = several(SE(x)), vcov = square(x)),
    if (!is.null(deff)) list(deff = several(deff)))
rendered <- function(x) {
  if (is.null(x)) return(NULL)
  if (inherits(x, "svyciprop"))
    return(list(est = as.vector(x), se = as.vector(SE(x)), ci = several(attr(x, "ci"))))
  if (inherits(x, "svyratio")) return(list(est = several(coef(x)), se = several(SE(x))))
  if (inherits(x, "newsvyquantile")) return(lapply(unclass(x)[seq_along(x)], rendered))
  if (inherits(x, "svyby")) return(rendered_by(x))
  if (inherits(x, "svyglm"))
    return(c(statistic(x), list(df_residual = x$df.residual)))
  if (inherits(x, "htest"))
    return(list(statistic = unname(x$statistic), parameter = unname(x$parameter),
      p_value = unname(x$p.value), estimate = unname(x$estimate), conf_int = as.vector(x$conf.int)))
  if (inherits(x, "regTermTest"))
    return(list(statistic = as.vector(if (is.null(x$Ftest)) x$chisq else x$Ftest), df = x$df, ddf = x$ddf, p = as.vector(x$p)))
  if (inherits(x, "svystat") || inherits(x, "svrepstat")) {
    effect <- suppressWarnings(tryCatch(deff(x), error = function(e) NULL))
    if (is.matrix(effect)) effect <- diag(effect)
    return(statistic(x, effect))
  }
  if (is.table(x) || (is.array(x) && length(dim(x)) != 2))
    return(list(dimnames = lapply(dimnames(x), several), values = nested(unclass(x))))
  if (is.data.frame(x)) return(lapply(x, rendered))
  if (is.matrix(x))
    return(list(rownames = named(rownames(x)), colnames = named(colnames(x)), values = nested(x)))
  if (is.list(x)) {
    keys <- names(x)
    if (is.null(keys)) keys <- rep("", length(x))
    return(setNames(lapply(x, rendered), ifelse(keys == "", seq_along(x), keys)))
  }
  if (is.factor(x)) x <- as.character(x)
  if (!is.null(names(x))) return(list(names = several(names(x)), values = several(x)))
  if (length(x) == 1) as.vector(x) else several(x)
}
named <- function(labels) if (is.null(labels)) NULL else several(labels)
rendered_by <- function(x) {
  how <- attr(x, "svyby")
  frame <- as.data.frame(x)
  keys <- lapply(frame[seq_along(how$margins)], function(k) several(as.character(k)))
  columns <- lapply(frame[-seq_along(how$margins)], function(v) several(v))
  c(list(keys = keys, columns = columns), if (!is.null(attr(x, "var"))) list(vcov = nested(attr(x, "var"))))
}

# --- cases ---------------------------------------------------------------------------------------

cases <- list()
counts <- list()
case <- function(capability, design, r, options = NULL, tolerance = NULL, note = NULL) {
  for (one in r) {
    counts[[capability]] <<- (if (is.null(counts[[capability]])) 0 else counts[[capability]]) + 1
    made <- list(id = sprintf("%s-%03d", capability, counts[[capability]]), capability = capability)
    made["design"] <- list(design)
    tree <- parse(text = one, keep.source = FALSE)[[1]]
    made$r <- one
    made$ast <- ast(tree)
    made$oracle <- "R survey 4.1-1, or a formula in second.R"
    if (!is.null(options)) made$options <- options
    if (!is.null(note)) made$note <- note
    if (!is.null(tolerance)) made$tolerance <- tolerance
    do.call("options", usual); if (!is.null(options)) do.call("options", options)
    found <- suppressWarnings(suppressMessages(tryCatch(list(result = run(tree, design)),
      error = function(e) list(error = conditionMessage(e)))))
    if (!is.null(found$error)) message(made$id, " (", design, ") ", one, "\n  error: ", found$error)
    if (is.null(found$error)) made["result"] <- list(found$result) else made$error <- found$error
    cases[[length(cases) + 1]] <<- made
  }
}
run <- function(tree, design) {
  here <- new.env(parent = globalenv())
  for (name in names(matrices)) here[[name]] <- as.matrix(DATA[[name]])
  if (!is.null(design)) {
    here$x <- DATA[[sub("data/(.*).csv", "\\1", designs[[design]]$data)]]
    here$d <- designed(designs[[design]], here$x)
  }
  rendered(eval(tree, here))
}
source("tests/reference/second_cases.R")

first <- list(calibrate_bounded = 1e-8, calibrate_linear = 1e-8, calibrate_logit = 1e-8, calibrate_raking = 1e-8,
  fay_herriot = 1e-6, glm_binomial = 1e-5, glm_gaussian = 1e-5, glm_margins = 1e-5, glm_termtest = 1e-5,
  rake = 1e-7, unit_eblup = 1e-4)
written <- function(part) toJSON(part, auto_unbox = TRUE, digits = I(17), null = "null", na = "null")
head <- written(list(generator = "tests/reference/second.R", r_version = R.version.string,
  survey_version = as.character(packageVersion("survey")), matrices = matrices, tolerances = first, designs = designs))
lines <- paste(vapply(cases, written, ""), collapse = ",\n")
writeLines(paste0(sub("}$", "", head), ",\n\"cases\": [\n", lines, "\n]}"), paste0(into, "cases.json"), useBytes = TRUE)
message(length(cases), " cases, ", sum(vapply(cases, function(k) !is.null(k$error), NA)), " refused")
