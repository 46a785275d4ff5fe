import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MasterKeyError, Seals } from '../../src/persistence/index.js'

const key = Seals.newMasterKey()
const seals = new Seals(key)
const text = fc.string({ unit: 'grapheme', maxLength: 200 })

describe('a seal', () => {
  it('opens to what was sealed, for its purpose and context', () => {
    fc.assert(
      fc.property(text, text, text, (purpose, context, value) => {
        expect(seals.open(purpose, context, seals.seal(purpose, context, value))).toBe(value)
      }),
    )
  })

  it('opens for no other purpose and no other context', () => {
    fc.assert(
      fc.property(text, text, text, text, (purpose, context, other, value) => {
        fc.pre(other !== purpose && other !== context)
        const seal = seals.seal(purpose, context, value)
        expect(seals.open(other, context, seal)).toBeNull()
        expect(seals.open(purpose, other, seal)).toBeNull()
        if (purpose !== context) expect(seals.open(context, purpose, seal)).toBeNull()
      }),
    )
  })

  it('opens under no other key', () => {
    const seal = seals.seal('purpose', 'context', 'value')
    for (let n = 0; n < 50; n++)
      expect(new Seals(Seals.newMasterKey()).open('purpose', 'context', seal)).toBeNull()
  })

  it('does not open after any one bit of it was turned', () => {
    const seal = Buffer.from(seals.seal('purpose', 'context', 'a value of some length'), 'base64url')
    for (let bit = 0; bit < seal.length * 8; bit++) {
      const tampered = Buffer.from(seal)
      tampered[bit >> 3] = (tampered[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(seals.open('purpose', 'context', tampered.toString('base64url')), `bit ${bit}`).toBeNull()
    }
  })

  it('does not open after any byte of it was set to any other', () => {
    const seal = Buffer.from(seals.seal('purpose', 'context', 'v'), 'base64url')
    fc.assert(
      fc.property(fc.nat(seal.length - 1), fc.nat(255), (at, byte) => {
        fc.pre(seal[at] !== byte)
        const tampered = Buffer.from(seal)
        tampered[at] = byte
        expect(seals.open('purpose', 'context', tampered.toString('base64url'))).toBeNull()
      }),
      { numRuns: 2_000 },
    )
  })

  it('does not open cut short, drawn out, or put together from two', () => {
    const [one, two] = ['one value', 'two value'].map(value =>
      Buffer.from(seals.seal('purpose', 'context', value), 'base64url'),
    ) as [Buffer, Buffer]
    const open = (bytes: Buffer) => seals.open('purpose', 'context', bytes.toString('base64url'))
    for (let length = 0; length < one.length; length++) expect(open(one.subarray(0, length))).toBeNull()
    for (let at = 1; at < one.length; at++) {
      const mixed = Buffer.concat([one.subarray(0, at), two.subarray(at)])
      // The key's id and nothing more in common: the seam after it gives back the second one whole.
      expect(open(mixed)).toBe(at <= 4 ? 'two value' : null)
    }
    expect(open(Buffer.concat([one, Buffer.from([0])]))).toBeNull()
    expect(open(Buffer.concat([one, two]))).toBeNull()
  })

  it('has one form: no padding, blank, other alphabet or other spelling of the same bytes opens', () => {
    const seal = seals.seal('purpose', 'context', 'x')
    const bytes = Buffer.from(seal, 'base64url')
    const others = [
      `${seal}=`,
      `${seal} `,
      ` ${seal}`,
      `${seal}\n`,
      `${seal}!`,
      `${seal.slice(0, 9)} ${seal.slice(9)}`,
    ]
    others.push(...[bytes.toString('base64'), bytes.toString('hex')].filter(each => each !== seal))
    // The last character carries bits that no byte uses: sixteen, four or one spelling of the same bytes.
    for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
      if (!seal.endsWith(last)) others.push(seal.slice(0, -1) + last)
    for (const other of others) expect(seals.open('purpose', 'context', other), other).toBeNull()
    expect(seals.open('purpose', 'context', seal)).toBe('x')
  })

  it('is nothing for anything that never was one', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.base64String(), fc.uint8Array({ maxLength: 200 })), forged => {
        const seal = typeof forged === 'string' ? forged : Buffer.from(forged).toString('base64url')
        expect(seals.open('purpose', 'context', seal)).toBeNull()
      }),
    )
  })

  it('is another one each time, and shows nothing of what it holds', () => {
    const value = 'the value that nobody may read'
    const made = new Set(Array.from({ length: 1_000 }, () => seals.seal('purpose', 'context', value)))
    expect(made.size).toBe(1_000)
    for (const seal of made) expect(Buffer.from(seal, 'base64url').toString('latin1')).not.toContain('value')
  })

  it('goes into an address and a header as it is', () => {
    fc.assert(fc.property(text, value => void expect(seals.seal('p', 'c', value)).toMatch(/^[\w-]+$/)))
  })
})

describe('several master keys', () => {
  const [older, newer] = [Seals.newMasterKey(), Seals.newMasterKey()]
  const before = new Seals(older)
  const both = new Seals(`${newer}, ${older}`)
  const after = new Seals(newer)

  it('the newest seals, all of them open: a key can be changed without a break', () => {
    const old = before.seal('purpose', 'context', 'old')
    const young = both.seal('purpose', 'context', 'young')
    expect(both.open('purpose', 'context', old)).toBe('old')
    expect(both.open('purpose', 'context', young)).toBe('young')
    expect(after.open('purpose', 'context', young)).toBe('young')
    // Once it's taken out, what the old one sealed is gone, and it never opened what the new one did.
    expect(after.open('purpose', 'context', old)).toBeNull()
    expect(before.open('purpose', 'context', young)).toBeNull()
  })

  it('a seal that names another key than its own does not open', () => {
    const old = Buffer.from(before.seal('purpose', 'context', 'old'), 'base64url')
    const young = Buffer.from(both.seal('purpose', 'context', 'young'), 'base64url')
    const renamed = Buffer.concat([young.subarray(0, 4), old.subarray(4)])
    expect(both.open('purpose', 'context', renamed.toString('base64url'))).toBeNull()
  })

  it('a key shows nothing of itself in its seals', () => {
    const bytes = Buffer.from(older, 'base64')
    const seal = Buffer.from(before.seal('purpose', 'context', 'value'), 'base64url')
    for (let at = 0; at + 4 <= bytes.length; at++)
      expect(seal.includes(bytes.subarray(at, at + 4))).toBe(false)
  })
})

describe('a master key', () => {
  it.each([
    ['empty', ''],
    ['no base64', '***'],
    ['too short', randomBytes(31).toString('base64')],
    ['too long', randomBytes(33).toString('base64')],
    ['a password', 'correct horse battery staple'],
    ['followed by a comma and nothing', `${key},`],
    ['one good and one bad', `${key},short`],
  ])('that is %s is refused in one sentence that says how to make one', (_, bad) => {
    expect(() => new Seals(bad)).toThrow(MasterKeyError)
    expect(() => new Seals(bad)).toThrow(
      /^SURETY_MASTER_KEY takes base64 of 32 bytes: .*openssl rand[^.]*\.$/,
    )
  })

  it('made here is good, and never the same', () => {
    const made = Array.from({ length: 100 }, () => Seals.newMasterKey())
    expect(new Set(made).size).toBe(100)
    for (const each of made) expect(() => new Seals(` ${each} `)).not.toThrow()
  })
})

describe('a pseudonym', () => {
  it('is one for a value, its purpose and its context, under one key', () => {
    const names = [
      seals.pseudonym('purpose', 'context', 'value'),
      seals.pseudonym('purpose', 'context', 'other'),
      seals.pseudonym('purpose', 'other', 'value'),
      seals.pseudonym('other', 'context', 'value'),
      new Seals(Seals.newMasterKey()).pseudonym('purpose', 'context', 'value'),
    ]
    expect(new Set(names).size).toBe(names.length)
    expect(new Seals(key).pseudonym('purpose', 'context', 'value')).toBe(names[0])
  })

  it('stays while a newer key is brought in', () => {
    const rotating = new Seals(`${Seals.newMasterKey()},${key}`)
    expect(rotating.pseudonym('purpose', 'context', 'value')).toBe(
      seals.pseudonym('purpose', 'context', 'value'),
    )
  })
})
