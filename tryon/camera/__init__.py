"""How a camera is known: sheets to print, views of them, and the file that keeps what came of it."""
