# Two stages: the first has a compiler for hnswlib-node, the second only what runs.
FROM node:24-bookworm-slim AS dependencies
RUN apt-get update \
  && apt-get install --yes --no-install-recommends g++ make python3 \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    UV_THREADPOOL_SIZE=16 \
    HOST=0.0.0.0 \
    PORT=4000 \
    GROOVELAKE_DATA_DIR=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE README.md ./
COPY bin ./bin
COPY src ./src
COPY studio ./studio
COPY lakehouse ./lakehouse
COPY migrations ./migrations
# Besides the data, what the first process makes of the modules, for the next ones.
RUN mkdir -p /data node_modules/.cache && chown node:node /data node_modules/.cache
USER node
VOLUME /data
EXPOSE 4000
# Alive, not ready: ready is who serves a snapshot, and the first crawl of Spotify may take hours. A worker serves nothing: docs/operate.md says how it is checked.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 4000) + '/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/groovelake.js"]
CMD ["start"]
