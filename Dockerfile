# The service in a container: built in one stage, run from another that has no compiler and no pip
# cache. The model is in the package.
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/inkdigits
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src
RUN /opt/inkdigits/bin/pip install --no-cache-dir --disable-pip-version-check \
        -c constraints.txt '.[server]' \
    && /opt/inkdigits/bin/pip uninstall --yes --quiet pip setuptools

FROM python:3.11-slim
RUN useradd --system --no-create-home --shell /usr/sbin/nologin inkdigits
COPY --from=build /opt/inkdigits /opt/inkdigits
ENV PATH=/opt/inkdigits/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER inkdigits
WORKDIR /
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
# As the first process of the container, without a shell in between, it gets SIGTERM itself.
ENTRYPOINT ["inkdigits", "serve", "--host", "0.0.0.0", "--port", "8000"]
