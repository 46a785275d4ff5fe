import { trace } from '@opentelemetry/api'

/** Until everything has left, or the collector doesn't take it. */
export type StopTracing = () => Promise<void>

/** How long a stop waits for the collector to take the last spans: well within a drain's 10 s. */
const FLUSH_MS = 2_000

/**
 * Sends spans to a collector (OTLP over HTTP, as JSON) when `OTEL_EXPORTER_OTLP_ENDPOINT` or
 * `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` says where it is. The SDK is loaded only then, and heeds the other variables that
 * OpenTelemetry names (`OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_HEADERS` and so on). Null where
 * nobody wants spans; an SDK that was loaded with `--import` is left alone.
 */
export async function startTracing(
  env: Readonly<Record<string, string | undefined>>,
): Promise<StopTracing | null> {
  const wanted = env.OTEL_EXPORTER_OTLP_ENDPOINT || env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT
  if (!wanted || env.OTEL_SDK_DISABLED === 'true' || env.OTEL_TRACES_EXPORTER === 'none') return null
  const [
    { OTLPTraceExporter },
    sdk,
    { defaultResource, detectResources, envDetector, resourceFromAttributes },
  ] = await Promise.all([
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/resources'),
  ])
  const provider = new sdk.BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'surety' }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new sdk.BatchSpanProcessor(new OTLPTraceExporter())],
  })
  if (!trace.setGlobalTracerProvider(provider)) return null
  return async () => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, FLUSH_MS)
    })
    trace.disable()
    await Promise.race([provider.shutdown().catch(() => undefined), late])
    clearTimeout(timer)
  }
}
