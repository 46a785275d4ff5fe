import type { Pool } from 'pg'
import { counter, gaugeOver } from '../platform/metrics.js'

/** Pools that are open. */
export const pools: Set<Pool> = gaugeOver(
  'surety_pool_connections',
  'Connections to the database that are in use or idle, and requests that wait for one.',
  ({ totalCount, idleCount, waitingCount }: Pool) => ({
    used: totalCount - idleCount,
    idle: idleCount,
    waiting: waitingCount,
  }),
  'state',
)

export const eventsRecorded = counter(
  'surety_events_recorded_total',
  'Events that committed changes left in journals, by type: breach.detected among them.',
  ['type'],
)
