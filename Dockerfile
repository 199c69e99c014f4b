# One image for web, worker and beat; what it does is chosen by the command (see docker-compose.yml).
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONUTF8=1 VAR_DIR=/data FONT_CACHE=/opt/fonts
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
       libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk \
    && mkdir -p /tmp/faces /usr/local/share/fonts/fandol && cd /tmp/faces && apt-get download texlive-lang-chinese \
    && dpkg-deb --fsys-tarfile texlive-lang-chinese*.deb \
       | tar -xf - --wildcards '*/FandolFang-Regular.otf' '*/FandolKai-Regular.otf' \
    && find . -name '*.otf' -exec mv {} /usr/local/share/fonts/fandol/ \; && cd / && rm -rf /tmp/faces \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --uid 10001 portal \
    && install -d -o portal -g portal /data /srv/portal

WORKDIR /srv/portal
COPY requirements.lock ./
RUN pip install --no-cache-dir uv && uv pip install --system --no-cache --require-hashes -r requirements.lock
# The fonts are cut once, when the image is built: no start waits for it.
COPY portal/__init__.py portal/fonts.py ./portal/
RUN python -m portal.fonts --out /opt/fonts && chmod -R a+rX /opt/fonts
COPY . .
# Any settings will do to gather static files; the image keeps no secret.
RUN VAR_DIR=/tmp/build STATIC_ROOT=/srv/portal/static SECRET_KEY=only-for-this-build \
    python manage.py collectstatic --noinput --settings portal.settings.dev && rm -rf /tmp/build

USER portal
ENV DJANGO_SETTINGS_MODULE=portal.settings.production STATIC_ROOT=/srv/portal/static
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "portal.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "2", "--timeout", "120", "--no-control-socket", "--access-logfile", "-"]
