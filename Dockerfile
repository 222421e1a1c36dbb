# The image of every process of Perimeter: `serve` unless another command is given, such as `worker`.

# All dependencies, to build.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

# Those to run with. Without the optional ones: models are trained with TensorFlow's wasm.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    PERIMETER_DATA_DIR=/data \
    PERIMETER_HTTP_HOST=0.0.0.0 \
    PERIMETER_HTTP_PORT=8787 \
    PERIMETER_WORKER_HOST=0.0.0.0 \
    PERIMETER_WORKER_PORT=8787
WORKDIR /app
RUN mkdir /data && chown node:node /data
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY models ./models
COPY datasets ./datasets
COPY --from=build /app/dist ./dist
USER node
VOLUME /data
EXPOSE 8787
STOPSIGNAL SIGTERM
# That it lives, whichever command it runs; whether it is ready is for who sends it traffic.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PERIMETER_HTTP_PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["serve"]
