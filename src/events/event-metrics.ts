import { counter, gauge, histogram } from '../platform/metrics.js'
import type { EventSource } from '../tenancy/index.js'

export const subscriptions = gauge('surety_subscriptions_open', 'Subscriptions that are open.')

const eventsDelivered = counter(
  'surety_events_delivered_total',
  'Frames that were made for subscribers, by type of their event.',
  ['type'],
)

export const framesExecuted = counter(
  'surety_event_frames_executed_total',
  'Frames that were executed, each for all subscribers who may see the same and asked alike.',
)

/** A second is the promise (P3). */
const LAG_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

const eventLag = histogram(
  'surety_event_lag_seconds',
  'From the instant an event was taken down to its frame, for subscribers who had read all before it.',
  [],
  LAG_SECONDS,
)

/** Counts a frame when it's made. `live`: its reader waited for it, and is not catching up. */
export async function whenDelivered<Frame>(
  { type, acceptedAt }: EventSource,
  live: boolean,
  frame: Promise<Frame>,
): Promise<Frame> {
  const made = await frame
  eventsDelivered.inc({ type })
  if (live) eventLag.observe(Math.max(0, Date.now() - acceptedAt.getTime()) / 1000)
  return made
}
