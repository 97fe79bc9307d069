# The syntax tree of R expressions as JSON, and what R makes of them.
#
#   Rscript tests/reference/r_ast.R expressions > cases.json
#       Expressions one in a line ("#" begins a comment), or a cases.json whose `r` are taken:
#       f=tests/reference/r_language_cases.json; Rscript tests/reference/r_ast.R $f > new && mv new $f
#   Rscript tests/reference/r_ast.R --trees cases.json > trees.json
#       the trees of the `r` texts of a cases file, to compare with those that it holds
#   source("tests/reference/r_ast.R") gives ast(quote(expression)) and shown(value)

suppressPackageStartupMessages(library(jsonlite))

# A node of the tree; the format is told in the README of the reference cases.
ast <- function(e) {
  if (missing(e) || identical(e, quote(expr = ))) return(list(empty = TRUE))
  if (is.null(e)) return(list(null = TRUE))
  if (is.symbol(e)) return(list(name = as.character(e)))
  if (is.pairlist(e)) return(list(pairlist = pairs_of(e)))
  if (is.call(e)) return(call_of(e))
  if (is.logical(e)) return(list(logical = if (is.na(e)) NULL else e))
  if (is.character(e)) return(list(string = if (is.na(e)) NULL else e))
  if (is.numeric(e)) return(list(number = plain_number(e)))
  stop("no node for ", class(e)[1])
}

pairs_of <- function(e) {
  parts <- lapply(seq_along(e), function(i) {
    if (identical(e[[i]], quote(expr = ))) list(empty = TRUE) else ast(e[[i]])
  })
  if (length(parts)) setNames(parts, names(e)) else setNames(list(), character())
}

call_of <- function(e) {
  head <- e[[1]]
  parts <- as.list(e)[-1]
  # The reference to the source text, which R hangs on a function, is no part of the tree.
  if (identical(head, quote(`function`))) parts[3] <- list(NULL)
  keys <- names(parts)
  arguments <- lapply(seq_along(parts), function(i) {
    value <- if (identical(parts[[i]], quote(expr = ))) list(empty = TRUE) else ast(parts[[i]])
    keyed <- !is.null(keys) && nzchar(keys[i])
    if (keyed) list(key = keys[i], value = value) else list(value = value)
  })
  list(call = if (is.symbol(head)) as.character(head) else ast(head), args = arguments)
}

plain_number <- function(x) {
  if (is.infinite(x)) return(if (x > 0) "Inf" else "-Inf")
  if (is.na(x)) NULL else as.numeric(x)
}

# A value as the tests compare it: kind, elements, names; NA, NaN and infinite are null.
shown <- function(x) {
  if (is.null(x)) return(list(kind = "NULL"))
  if (is.data.frame(x)) {
    return(list(kind = "frame", rows = listed(rownames(x)), columns = lapply(x, shown)))
  }
  if (is.factor(x)) {
    return(list(kind = "factor", values = as.list(as.character(x)), levels = as.list(levels(x))))
  }
  if (inherits(x, "table") && length(dim(x)) != 2) x <- setNames(as.vector(x), names(x))
  if (is.matrix(x)) {
    return(list(kind = paste("matrix", kind_of(x)), values = as.list(as.vector(x)),
                dim = dim(x), rownames = listed(rownames(x)), colnames = listed(colnames(x))))
  }
  if (inherits(x, "formula") || is.language(x)) return(list(kind = "language"))
  if (is.list(x)) {
    return(list(kind = "list", values = lapply(unname(x), shown), names = listed(names(x))))
  }
  list(kind = kind_of(x), values = as.list(unname(as.vector(x))), names = listed(names(x)))
}

listed <- function(x) if (is.null(x)) NULL else as.list(x)

kind_of <- function(x) {
  if (is.character(x)) "text" else if (is.logical(x)) "logical" else "number"
}

evaluated <- function(line, data) {
  tree <- parse(text = line, keep.source = FALSE)[[1]]
  here <- new.env(parent = data)
  result <- tryCatch(list(result = shown(eval(tree, here))),
                     error = function(e) list(error = conditionMessage(e)))
  c(list(r = line, ast = ast(tree)), result)
}

# The data that the expressions may name; the tests read the same from the file's `data`.
data_of_tests <- function() {
  x <- data.frame(
    g = c("a", "b", "a", "c", "b", "a"), h = c("Yes", "no", "no", "Yes", "no", NA),
    n = c(1, 2, 3, 4, 5, 6), m = c(2.5, NA, 0.5, 4, 1, 3), k = c(3, 1, 2, 3, 1, 2),
    z = c(10, 2, 1, 10, 2, 1)
  )
  list2env(list(x = x), parent = globalenv())
}

texts_of <- function(path) {
  if (endsWith(path, ".json")) {
    return(vapply(fromJSON(path, simplifyVector = FALSE)$cases, function(case) case$r, ""))
  }
  lines <- trimws(readLines(path, encoding = "UTF-8"))
  lines[nzchar(lines) & !startsWith(lines, "#")]
}

main <- function(arguments) {
  if (identical(arguments[1], "--trees")) {
    cases <- fromJSON(arguments[2], simplifyVector = FALSE)$cases
    trees <- lapply(cases, function(case) ast(parse(text = case$r, keep.source = FALSE)[[1]]))
    return(write_json_to_stdout(trees))
  }
  lines <- texts_of(arguments[1])
  data <- data_of_tests()
  columns <- lapply(get("x", data), as.list)
  cases <- lapply(lines, evaluated, data = data)
  write_json_to_stdout(list(r_version = R.version.string, data = columns, cases = cases))
}

write_json_to_stdout <- function(x) {
  written <- function(part) toJSON(part, auto_unbox = TRUE, digits = I(17), null = "null", na = "null")
  if (is.null(x$cases)) return(cat(written(x), "\n", sep = ""))
  cases <- paste(vapply(x$cases, written, ""), collapse = ",\n")
  x$cases <- NULL
  cat(sub("}$", "", written(x)), ",\n\"cases\": [\n", cases, "\n]}\n", sep = "")
}

if (!interactive() && sys.nframe() == 0) main(commandArgs(trailingOnly = TRUE))
