FROM python:3.13-slim AS build
COPY . /source
RUN python -m venv /opt/cityconv && /opt/cityconv/bin/pip install --no-cache-dir --only-binary :all: /source

# All dependencies are wheels, so no stage needs a compiler.
FROM python:3.13-slim
COPY --from=build /opt/cityconv /opt/cityconv
RUN useradd --create-home cityconv
USER cityconv
WORKDIR /data
ENTRYPOINT ["/opt/cityconv/bin/cityconv"]
CMD ["--help"]
