/** The GraphQL door: how requests come in and how failures go out. It knows no room but is handed them. */
export { type DoorParts, openDoor } from './door.js'
export { addressOf, portProblem } from './listening.js'
export { type MetricsDoor, type MetricsGate, metricsGate, openMetricsDoor } from './metrics-door.js'
export { doorAccess, doorEntities, doorResolvers } from './trusted-api.js'
export { buildSurfaceSchema, printSdl } from './schema.js'
export { type Execute, executorOf } from './executor.js'
