import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { EXCERPT_LENGTH, excerptOf } from '../../src/events/webhook-excerpt.js'
import { afterFailure, RETRY_DELAYS_MS, retryAfterMs } from '../../src/events/webhook-schedule.js'
import { newWebhookSecret, openSecret, sealSecret, signedHeaders } from '../../src/events/webhook-signing.js'
import { Seals } from '../../src/persistence/index.js'

const now = new Date('2026-03-02T08:00:00.000Z')
const failed = {
  attempt: 1,
  failingSince: now,
  statusCode: 500 as number | null,
  retryAfter: undefined as string | undefined,
  now,
}
const delayOf = (so: Partial<typeof failed>, chance = 0): number => {
  const next = afterFailure({ ...failed, ...so }, chance)
  return 'retryAt' in next ? next.retryAt.getTime() - now.getTime() : Number.NaN
}

describe('an event that failed is tried again', () => {
  it('after 5 s, 5 m, 30 m, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, and then once a day', () => {
    const seconds = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
    expect(RETRY_DELAYS_MS).toEqual(seconds.map(each => each * 1_000))
    for (const [index, each] of seconds.entries()) expect(delayOf({ attempt: index + 1 })).toBe(each * 1_000)
    expect(delayOf({ attempt: 30 })).toBe(86_400_000)
  })

  it('up to a fifth later, by chance', () => {
    expect(delayOf({}, 0.5)).toBe(5_500)
    expect(delayOf({ attempt: 2 }, 0.999)).toBeLessThan(360_000)
  })

  it('not before it asked to be, by seconds or a date, within a day', () => {
    expect(delayOf({ retryAfter: '60' })).toBe(60_000)
    expect(delayOf({ retryAfter: 'Mon, 02 Mar 2026 08:10:00 GMT' })).toBe(600_000)
    expect(delayOf({ retryAfter: '1' })).toBe(5_000)
    for (const long of ['999999999', '99999999999', '9'.repeat(400)])
      expect(delayOf({ retryAfter: long })).toBe(86_400_000)
    for (const nonsense of [
      '',
      'soon',
      '-5',
      '1e9',
      'Mon, 02 Mar 2026',
      '12 GMT',
      'Sun, 01 Mar 2026 08:00:00 GMT',
    ])
      expect([nonsense, retryAfterMs(nonsense, now)]).toEqual([nonsense, expect.any(Number)])
    expect(delayOf({ retryAfter: 'soon' })).toBe(5_000)
  })

  it('no more once it said that it is gone, or has failed for five days', () => {
    expect(afterFailure({ ...failed, statusCode: 410 })).toEqual({ disabled: 'GONE' })
    const day = 86_400_000
    const since = (days: number): Date => new Date(now.getTime() - days * day)
    expect(afterFailure({ ...failed, failingSince: since(5) })).toEqual({ disabled: 'FAILING' })
    expect(afterFailure({ ...failed, failingSince: new Date(since(5).getTime() + 1) })).toHaveProperty(
      'retryAt',
    )
  })
})

describe('a signature', () => {
  const body = '{"id":"evt_1","data":{"text":"违约"}}'

  it('is taken by the official library, by each of two secrets while they change over, and by no other', () => {
    const [old, fresh, other] = [newWebhookSecret(), newWebhookSecret(), newWebhookSecret()]
    const headers = signedHeaders('evt_1', new Date(), body, [fresh, old])
    expect(headers['webhook-signature'].split(' ')).toHaveLength(2)
    for (const secret of [old, fresh])
      expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body))
    expect(() => new Webhook(other).verify(body, headers)).toThrow()
    expect(() => new Webhook(old).verify(body, signedHeaders('evt_1', new Date(), body, [fresh]))).toThrow()
  })

  it('equals the one that the official library makes', () => {
    const secret = newWebhookSecret()
    const at = new Date(1_700_000_000_999)
    const ours = signedHeaders('evt_1', at, body, [secret])['webhook-signature']
    expect(ours).toBe(new Webhook(secret).sign('evt_1', new Date(1_700_000_000_000), body))
  })

  it('is of a secret that opens under its own endpoint alone', () => {
    const seals = new Seals(Seals.newMasterKey())
    const secret = newWebhookSecret()
    const sealed = sealSecret(seals, 'one', secret)
    expect(sealed).not.toContain(secret.slice(6))
    expect(openSecret(seals, 'one', sealed)).toBe(secret)
    expect(openSecret(seals, 'another', sealed)).toBeNull()
  })
})

describe('an excerpt', () => {
  it.each([
    ['Invalid signature', 'invalid signature'],
    ['{"error":"invalid_signature","request":"8f2c-11"}', 'error invalid signature request …'],
    ['<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>', '… bad gateway nginx'],
    ['<style>body{color:red}</style><p>Not found</p>', 'not found'],
    ['user 张三 (zhang.san@example.com, 13800138000) not found', 'user … not found'],
    ['token eyJhbGciOi.eyJzdWIi.sig expired', 'token … expired'],
    ['李四', null],
    ['', null],
    ['<script>error', null],
  ])('of %j is %j', (answer, excerpt) => {
    expect(excerptOf(answer)).toBe(excerpt)
  })

  it('is a line, however long the answer', () => {
    const excerpt = excerptOf('invalid signature '.repeat(500)) as string
    expect(excerpt.length).toBeLessThanOrEqual(EXCERPT_LENGTH)
    expect(excerpt.endsWith('…')).toBe(true)
  })

  it('says nothing of what it was not told in its own words', () => {
    const secretWords = ['Miller', 'sk_live_51H', '违约金', 'zhang@example.com', '+86 571 0000', 'Hangzhou']
    for (const word of secretWords)
      for (const text of [`error ${word}`, `{"message":"${word} is invalid"}`, `<b>${word}</b> failed`])
        expect(excerptOf(text)).not.toContain(word.toLowerCase().split(' ')[0])
  })
})
