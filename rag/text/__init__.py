"""Text as such: decoding, normalising, language, lines, sentences and the parts of a page.

Nothing here knows of files, stores, models or profiles.
"""
