# The service alone, over a volume at /data. See the README: a key is needed, and how to make one.
FROM python:3.11-slim-bookworm
WORKDIR /srv
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY rag rag
COPY api api
COPY configs configs
COPY seeds seeds
RUN pip install --no-cache-dir --no-deps --no-build-isolation . \
 && useradd --system --home-dir /data geungeo && mkdir /data && chown geungeo /data
USER geungeo
WORKDIR /data
ENV RAG_DATA_DIR=/data RAG_HOST=0.0.0.0 RAG_PORT=8000
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --start-period=60s CMD \
  ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=5)"]
CMD ["rag", "serve"]
