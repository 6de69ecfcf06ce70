"""Scripts that make the files in `rag/weights` from data in a folder that the user names.

Run one as `python -m rag.train.NAME DATA_FOLDER`. Nothing else imports this package.
"""
