FROM node:24-slim AS base
WORKDIR /app
COPY package.json package-lock.json .npmrc ./

# What the service needs at run time. The npm package `node`, which npm scripts use on a developer's machine, is a
# development dependency: the image's own Node runs the service.
FROM base AS dependencies
RUN npm ci --omit=dev

# No install scripts: they fetch a Node and a PostgreSQL that the compiler does not need.
FROM base AS build
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

FROM node:24-slim
ENV NODE_ENV=production
# glibc gives each thread of Node's a heap of its own, and keeps what was freed there: tens of megabytes, for nothing.
ENV MALLOC_ARENA_MAX=2
WORKDIR /app
# package.json is read at run time: its "imports" say where #domain, #application and the others are.
COPY package.json ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/health/live').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# A list, not a shell command: SIGTERM must reach Node, which then answers what is in flight before it ends.
# Half of Node's largest young generation: as fast, and a hundred megabytes smaller under load.
CMD ["node", "--enable-source-maps", "--max-semi-space-size=32", "dist/main.js"]
