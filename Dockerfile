# The image of every process of Surety: API, worker and migration differ in their command and their settings alone.
FROM node:24-bookworm-slim AS build
WORKDIR /app
# The packages first: they change less often than the sources. npm's own `prepare` would compile what isn't copied yet.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY migrations migrations
COPY src src
RUN npm run -s build
# Optional packages are the compiler's, and the Node and PostgreSQL for trying it: an image has the first and must not have the last.
RUN npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY LICENSE ./
# The user that the base image brings; it may read all of this and write none of it.
USER node
EXPOSE 4000
# Liveness alone: a process whose database is away must not be restarted for it. A worker has its port from METRICS_PORT.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.METRICS_PORT || process.env.PORT}/healthz`).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Drains within 10 s: the supervisor's grace must not be shorter.
STOPSIGNAL SIGTERM
# The flags bound what is garbage, as in package.json: README says why.
ENTRYPOINT ["node", "--max-semi-space-size=8", "--heap-growing-percent=50", "dist/src/cli.js"]
CMD ["serve", "--role", "api"]
