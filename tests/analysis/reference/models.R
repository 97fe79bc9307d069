# Makes models.json: models, tests and quantiles of R survey. From this folder: Rscript models.R
# For reference only: nothing of the product or its tests needs R.
suppressMessages(library(survey))

api <- read.csv("apistrat.csv")
syn <- subset(read.csv("syn_a.csv"), district != "D07")
syn$some <- ifelse(seq_len(nrow(syn)) %% 7 == 0, NA, syn$edu)
designs <- list(
  strat = svydesign(ids = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = api),
  syn_a2 = svydesign(ids = ~community, strata = ~district, weights = ~w, data = syn)
)
designs$jkn <- as.svrepdesign(designs$syn_a2, type = "JKn")
designs$post <- postStratify(designs$syn_a2, ~sex, data.frame(sex = c("F", "M"), Freq = c(20000, 15000)))
exact <- glm.control(epsilon = 1e-14, maxit = 100)  # R's default ends before the last digits

numbers <- function(x) {
  x <- as.vector(x)
  paste0("[", paste(ifelse(is.finite(x), sprintf("%.17g", x), "null"), collapse = ","), "]")
}
glm_of <- function(m) list(est = coef(m), vcov = vcov(m), df = m$df.residual)
test_of <- function(t) list(statistic = t$statistic, parameter = t$parameter, p = t$p.value)
limits_of <- function(q) list(values = t(q[[1]]))

calls <- c(
  chisq_strat = 'lapply(KINDS, function(k) test_of(svychisq(~stype + awards, designs$strat, statistic = k)))',
  chisq_missing = 'lapply(KINDS, function(k) test_of(svychisq(~some + sex, designs$syn_a2, statistic = k)))',
  chisq_domain = 'lapply(KINDS, function(k) test_of(svychisq(~age + aware, subset(designs$syn_a2, wave == 2), statistic = k)))',
  chisq_jkn = 'lapply(KINDS[1:4], function(k) test_of(svychisq(~edu + sex, designs$jkn, statistic = k)))',
  shares_row = 'list(svyby(~factor(aware), ~age, designs$syn_a2, svymean, vartype = "se")[, -1])',
  ttest = 'list(test_of(svyttest(score ~ sex, designs$syn_a2)), test_of(svyttest(I(api00 - api99) ~ 0, designs$strat)), test_of(svyttest(score ~ sex, designs$jkn)))',
  ranks = 'lapply(c("wilcoxon", "vanderWaerden", "median"), function(s) test_of(svyranktest(score ~ sex, designs$syn_a2, test = s)))',
  ranks_jkn = 'list(test_of(svyranktest(score ~ sex, designs$jkn)))',
  ranks_many = 'lapply(c("KruskalWallis", "vanderWaerden", "median"), function(s) test_of(svyranktest(api00 ~ stype, designs$strat, test = s)))',
  gaussian = 'list(glm_of(svyglm(api00 ~ ell + meals + stype, designs$strat)))',
  binomial = 'list(glm_of(svyglm(aware ~ sex + factor(age), designs$syn_a2, family = quasibinomial(), control = exact)))',
  binomial_default = 'list(glm_of(svyglm(aware ~ sex + factor(age), designs$syn_a2, family = quasibinomial())))',
  poisson = 'list(glm_of(svyglm(enroll ~ meals + stype, designs$strat, family = quasipoisson(), control = exact)))',
  poisson_default = 'list(glm_of(svyglm(enroll ~ meals + stype, designs$strat, family = quasipoisson())))',
  binomial_domain = 'list(glm_of(svyglm(aware ~ sex + edu, subset(designs$syn_a2, wave == 2), family = quasibinomial(), control = exact)))',
  binomial_post = 'list(glm_of(svyglm(aware ~ edu + wave, subset(designs$post, age > 2), family = quasibinomial(), control = exact)))',
  chisq_post = 'lapply(KINDS, function(k) test_of(svychisq(~edu + wave, subset(designs$post, age > 2), statistic = k)))',
  binomial_jkn = 'list(glm_of(svyglm(aware ~ sex + edu, designs$jkn, family = quasibinomial(), control = exact)))',
  summary = '{m <- svyglm(aware ~ sex + factor(age), designs$syn_a2, family = quasibinomial(), control = exact); list(table = summary(m)$coefficients, limits = confint(m), term = unlist(regTermTest(m, ~factor(age))[c("Ftest", "df", "ddf", "p")]))}',
  predicted = '{m <- svyglm(aware ~ edu, designs$syn_a2, family = quasibinomial(), control = exact); p <- predict(m, data.frame(edu = 1:3), type = "response"); list(est = coef(p), se = SE(p))}',
  margins = '{m <- svypredmeans(svyglm(aware ~ factor(edu), designs$syn_a2, family = quasibinomial(), control = exact), ~factor(sex)); list(est = coef(m), vcov = vcov(m))}',
  quantiles = 'unlist(lapply(RULES, function(r) lapply(INTERVALS, function(i) limits_of(svyquantile(~api00, designs$strat, c(.1, .5, .75), interval.type = i, qrule = r)))), FALSE)',
  quantiles_domain = 'list(limits_of(svyquantile(~score, subset(designs$syn_a2, sex == "F"), c(.25, .5, .9), df = Inf, alpha = .1)))',
  quantiles_edge = 'list(limits_of(svyquantile(~score, designs$syn_a2, c(.001, .5, .999))))',
  quantiles_jkn = 'lapply(c("mean", "quantile"), function(i) limits_of(svyquantile(~score, designs$jkn, c(.25, .5), interval.type = i)))'
)
KINDS <- c("F", "Chisq", "Wald", "adjWald", "saddlepoint")
RULES <- c("math", "school", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9")
INTERVALS <- c("mean", "xlogit", "asin", "beta", "score")

cases <- vapply(names(calls), function(name) {
  parts <- suppressWarnings(eval(parse(text = calls[[name]])))
  if (!is.list(parts[[1]])) parts <- list(parts)
  one <- vapply(parts, function(part) {
    fields <- vapply(names(part), function(key) sprintf('"%s": %s', key, numbers(unlist(part[[key]]))), "")
    paste0("{", paste(fields, collapse = ", "), "}")
  }, "")
  call <- gsub('"', '\\\\"', calls[[name]])
  sprintf('"%s": {"r": "%s",\n"result": [\n%s\n]}', name, call, paste(one, collapse = ",\n"))
}, "")
origin <- paste0("R ", getRversion(), ", survey ", packageVersion("survey"), "; made by models.R")
writeLines(c(sprintf('{"origin": "%s", "cases": {', origin), paste(cases, collapse = ",\n"), "}}"), "models.json")
