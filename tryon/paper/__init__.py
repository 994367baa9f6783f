"""What is printed at true size: the PDF writer, its letters, and the marks that a print's scale is checked by."""
