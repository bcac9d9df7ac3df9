# The chat. One process, which is one node: see docs/scaling.md for several.
#   docker build -t stomping-ground-chat .
#   docker run -p 8080:8080 -v chat:/data stomping-ground-chat
ARG NODE=22.21.1-bookworm-slim

FROM node:${NODE} AS build
WORKDIR /app
COPY . .
# Scripts of packages do not run: the database drivers bring their binaries.
RUN npm ci --ignore-scripts --no-audit --no-fund -w apps/chat --include-workspace-root
RUN npx tsc -b tsconfig.build.json && npm run build -w apps/chat
# The same again without what only building needs.
RUN npm ci --ignore-scripts --no-audit --no-fund -w apps/chat --omit=dev

FROM node:${NODE}
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/packages/codec/package.json packages/codec/package.json
COPY --from=build /app/packages/codec/dist packages/codec/dist
COPY --from=build /app/packages/server/package.json packages/server/package.json
COPY --from=build /app/packages/server/dist packages/server/dist
COPY --from=build /app/packages/history/package.json packages/history/package.json
COPY --from=build /app/packages/history/dist packages/history/dist
COPY --from=build /app/apps/chat/package.json apps/chat/package.json
COPY --from=build /app/apps/chat/dist apps/chat/dist
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080 61613
# Alive, not ready: a node whose broker is away keeps its sessions, and must not be restarted for it.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# SIGTERM drains: sessions leave in batches. Give it more than its ten seconds.
CMD ["node", "apps/chat/dist/server/main.js"]
