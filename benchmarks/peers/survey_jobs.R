# The jobs in R survey, on the columns that measure.py saved: Rscript survey_jobs.R FOLDER JOB
suppressPackageStartupMessages(library(survey))

arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
job <- arguments[2]
outcomes <- paste0("y", 1:4)
margins <- c("sex", "age", "education", "district")

# A file of NumPy: ten bytes, the length of the header among them, the header, the numbers.
read_column <- function(name) {
  path <- file.path(folder, paste0(name, ".npy"))
  opened <- file(path, "rb")
  on.exit(close(opened))
  start <- as.integer(readBin(opened, "raw", 10))
  header <- rawToChar(readBin(opened, "raw", start[9] + 256 * start[10]))
  kind <- sub(".*'descr': '.(..)'.*", "\\1", header)
  size <- as.integer(substr(kind, 2, 2))
  what <- if (substr(kind, 1, 1) == "f") "double" else "integer"
  readBin(opened, what, n = file.size(path) / size, size = size)
}

read_targets <- function() {
  text <- readLines(file.path(folder, "targets.json"), warn = FALSE)
  sapply(margins, function(name) {
    list <- sub(paste0('.*"', name, '": \\[([^]]*)\\].*'), "\\1", text)
    as.numeric(strsplit(list, ",")[[1]])
  }, simplify = FALSE)
}

memory_mb <- function(field) {
  line <- grep(paste0("^", field, ":"), readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}

rows <- data.frame(sapply(c("cluster", "weight", margins, outcomes), read_column, simplify = FALSE))
for (name in margins) rows[[name]] <- factor(rows[[name]])
targets <- read_targets()
design <- svydesign(ids = ~cluster, strata = ~district, weights = ~weight, data = rows)
answers <- reformulate(outcomes)

by_district <- function(design) {
  found <- svyby(answers, ~district, design, svymean, vartype = "se")
  list(rate = found[outcomes], se = SE(found))
}

work <- switch(job,
  table = function() {
    # Its Korn-Graubard limits do not cap the effective size at n: other limits than ours.
    found <- lapply(outcomes, function(y) {
      svyby(reformulate(y), ~district, design, svyciprop, vartype = c("se", "ci"), method = "beta")
    })
    list(rate = sapply(found, coef), se = sapply(found, SE))
  },
  rake = function() {
    frames <- lapply(margins, function(name) {
      frame <- data.frame(levels(rows[[name]]), Freq = targets[[name]])
      setNames(frame, c(name, "Freq"))
    })
    control <- list(maxit = 1000, epsilon = 1e-10, verbose = FALSE)
    raked <- rake(design, lapply(margins, reformulate), frames, control = control)
    list(weight = weights(raked))
  },
  raked = function() {
    totals <- c(sum(targets[[1]]), unlist(lapply(targets, function(part) part[-1])))
    formula <- reformulate(margins)
    names(totals) <- colnames(model.matrix(formula, rows[0, ]))
    raked <- calibrate(design, formula, totals, calfun = "raking", epsilon = 1e-10, maxit = 1000)
    by_district(raked)
  },
  bootstrap = function() {
    set.seed(1)
    by_district(as.svrepdesign(design, type = "subbootstrap", replicates = 500))
  }
)

before <- memory_mb("VmRSS")
taken <- c()
while (length(taken) < 5 && sum(taken) < 10) {
  taken <- c(taken, system.time(values <- work())[["elapsed"]])
}
peak <- memory_mb("VmHWM")
if (!is.null(values$weight)) {
  miss <- sapply(margins, function(name) {
    max(abs(tapply(values$weight, rows[[name]], sum) / targets[[name]] - 1))
  })
  values <- list(weight = head(values$weight, 1000), missed = max(miss))
}
numbers <- function(value) {
  # By district, then by outcome, as NumPy lays a table out.
  flat <- if (is.null(dim(value))) value else as.vector(t(as.matrix(value)))
  paste0("[", paste(sub("NaN|NA", "null", sprintf("%.17g", flat)), collapse = ","), "]")
}
fields <- sprintf('"%s": %s', names(values), sapply(values, numbers))
cat(sprintf(
  paste0(
    '{"tool": "survey", "job": "%s", "rows": %d, "seconds": %.6f, "runs": %d, "before_mb": %.1f, ',
    '"peak_mb": %.1f, "versions": {"R": "%s", "survey": "%s"}, "values": {%s}}\n'
  ),
  job, nrow(rows), median(taken), length(taken), before, peak,
  paste(R.version$major, R.version$minor, sep = "."), packageVersion("survey"),
  paste(fields, collapse = ", ")
))
