"""XPath 1.0 expressions with the functions of XLSForm: parse once, evaluate often."""
