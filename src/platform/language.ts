import Negotiator from 'negotiator'

/** The languages messages are written in; the first is the default. */
export const LANGUAGES = ['en', 'zh-CN'] as const
export type Language = (typeof LANGUAGES)[number]

export type Message = Record<Language, string>
export type Messages = Record<string, Message>

/** Chinese by ISO 639 (Mandarin as well), whatever script, region or separator follows. */
const CHINESE = /^(zh|zho|chi|cmn)(?![a-z])/i
const ENGLISH = /^(en|eng)(?![a-z])/i

/** Picks a language by `Accept-Language` (RFC 9110, 12.5.4). Any Chinese gets zh-CN; what can't be read gets English. */
export function languageOf(acceptLanguage: string | undefined): Language {
  const wanted = new Negotiator({ headers: { 'accept-language': acceptLanguage ?? 'en' } }).languages()
  for (const tag of wanted) {
    if (CHINESE.test(tag)) return 'zh-CN'
    if (ENGLISH.test(tag)) return 'en'
  }
  return 'en'
}

const catalogue = new Map<string, Message>()

/** Adds a room's sentences. `{name}` in them is filled from the parameters. */
export function addMessages(messages: Messages): void {
  for (const [key, message] of Object.entries(messages)) catalogue.set(key, message)
}

/** The sentence for a key; falls back to the key's own words, and a test holds every code to having a sentence. */
export function say(key: string, language: Language, params: Record<string, string | number> = {}): string {
  const message = catalogue.get(key)
  if (!message) return key.toLowerCase().replaceAll('_', ' ')
  return message[language].replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? ''))
}

export const hasMessage = (key: string): boolean => catalogue.has(key)

addMessages({
  UNAUTHENTICATED: {
    en: 'A valid bearer token is required: send it as "Authorization: Bearer <token>".',
    'zh-CN': '需要有效的令牌:请以 “Authorization: Bearer <令牌>” 发送。',
  },
  FORBIDDEN: {
    en: 'Your role or scope does not allow this operation.',
    'zh-CN': '您的角色或授权范围不允许此操作。',
  },
  PURPOSE_REQUIRED: {
    en: 'Your token must say what you want records for: ask for one with a purpose at /oauth/token, and name one of several in Surety-Purpose.',
    'zh-CN':
      '令牌须说明使用目的:请在 /oauth/token 申请带 purpose 的令牌;有多个目的时,请在 Surety-Purpose 中指明其一。',
  },
  PURPOSE_NOT_HELD: {
    en: 'Your token has not the purpose that this request names: name one of its own, or ask for another token.',
    'zh-CN': '令牌不含本次请求所指明的使用目的:请指明令牌已有的目的,或另行申请令牌。',
  },
  BAD_USER_INPUT: { en: 'An argument is not valid.', 'zh-CN': '参数无效。' },
  BAD_CURSOR: {
    en: 'The cursor is not one of this list: start again without it.',
    'zh-CN': '游标不属于此列表:请不带游标重新开始。',
  },
  PAGE_SIZE: {
    en: 'first and last take 1 to {max}, and not both at once.',
    'zh-CN': 'first 与 last 取 1 至 {max},且不能同时使用。',
  },
  TOO_MANY_IDS: { en: 'At most {max} ids at once.', 'zh-CN': '一次最多 {max} 个 id。' },
  TOO_MANY_MUTATIONS: {
    en: 'At most {max} mutations in one document.',
    'zh-CN': '一个文档中最多 {max} 个变更。',
  },
  COST_LIMIT_EXCEEDED: {
    en: 'The operation costs more than one may: ask for less at once.',
    'zh-CN': '该操作的开销超过上限:请减少一次请求的内容。',
  },
  RATE_LIMITED: {
    en: 'Too many requests: come back after retryAfter seconds.',
    'zh-CN': '请求过于频繁:请在 retryAfter 秒后重试。',
  },
  CURSOR_EXPIRED: {
    en: 'The cursor is older than what is kept: start again from the oldest.',
    'zh-CN': '游标早于保留期限:请从最早的记录重新开始。',
  },
  TIMEOUT: {
    en: 'It took too long. Whether it happened is unknown: repeat it with the same idempotencyKey.',
    'zh-CN': '处理超时,结果未知:请使用相同的 idempotencyKey 重试。',
  },
  READ_TIMEOUT: {
    en: 'It took too long: ask for less at once, or repeat it when less is going on.',
    'zh-CN': '读取超时:请减少一次请求的内容,或在系统较空闲时重试。',
  },
  CHANGE_TIMEOUT: {
    en: 'It took too long, and nothing of it was done: repeat it with the same idempotencyKey.',
    'zh-CN': '处理超时,该操作未产生任何更改:请使用相同的 idempotencyKey 重试。',
  },
  BUSY: {
    en: 'The service is busy, and nothing was done: repeat it after retryAfter seconds.',
    'zh-CN': '服务繁忙,未执行任何操作:请在 retryAfter 秒后重试。',
  },
  TENANT_BUSY: {
    en: 'Too much of your tenant is under way, and nothing was done: come back after retryAfter seconds.',
    'zh-CN': '贵租户正在处理的请求过多,未执行任何操作:请在 retryAfter 秒后重试。',
  },
  CONFLICT: {
    en: 'Another change came first: repeat it with the same idempotencyKey.',
    'zh-CN': '另一项变更先行完成:请使用相同的 idempotencyKey 重试。',
  },
  IDEMPOTENCY_KEY_REUSED: {
    en: 'This idempotencyKey was used with another input: take a new key for a new intent.',
    'zh-CN': '此 idempotencyKey 已用于不同的输入:新的意图请使用新的键。',
  },
  IDEMPOTENCY_IN_FLIGHT: {
    en: 'The first try with this idempotencyKey still runs: repeat it after retryAfter seconds.',
    'zh-CN': '使用此 idempotencyKey 的首次请求仍在处理:请在 retryAfter 秒后重试。',
  },
  DATABASE_UNREACHABLE: {
    en: 'The service is not ready. Whether it happened is unknown: repeat it with the same idempotencyKey.',
    'zh-CN': '服务暂不可用,结果未知:请使用相同的 idempotencyKey 重试。',
  },
  INTERNAL: {
    en: 'Something went wrong on our side. Whether it happened is unknown: repeat it with the same idempotencyKey, and tell us the Request-Id.',
    'zh-CN': '服务内部错误,结果未知:请使用相同的 idempotencyKey 重试,并告知我们 Request-Id。',
  },
  NOT_FOUND: { en: 'There is no such object.', 'zh-CN': '对象不存在。' },
  INVALID_STATE: {
    en: 'This is not possible in the state {state}.',
    'zh-CN': '当前状态 {state} 下无法执行。',
  },
  STALE_REVISION: {
    en: 'It changed meanwhile: read it again (revision {revision}) and decide anew.',
    'zh-CN': '对象已被修改:请重新读取(修订号 {revision})后再决定。',
  },
  BLANK: { en: 'It must not be blank.', 'zh-CN': '不能为空。' },
  TOO_LONG: { en: 'At most {max} characters.', 'zh-CN': '最多 {max} 个字符。' },
  TOO_MANY: { en: 'At most {max} of them.', 'zh-CN': '最多 {max} 项。' },
  TOO_SMALL: { en: 'At least {min}.', 'zh-CN': '不得小于 {min}。' },
  UNREACHABLE: {
    en: 'Nothing answered at the address; try again later.',
    'zh-CN': '该地址没有应答,请稍后重试。',
  },
  TOO_LARGE: { en: 'At most {max}.', 'zh-CN': '不得大于 {max}。' },
  NOT_A_NUMBER: { en: 'It takes a number.', 'zh-CN': '应为数字。' },
  NOT_WHOLE: { en: 'It takes a whole number.', 'zh-CN': '应为整数。' },
  INVALID: { en: 'It is not valid.', 'zh-CN': '取值无效。' },
  REQUIRED: { en: 'It is required here.', 'zh-CN': '此处必填。' },
  TAKEN: { en: 'It is taken already.', 'zh-CN': '已被占用。' },
  IN_FUTURE: { en: 'It must not lie in the future.', 'zh-CN': '不能是将来的时间。' },
})
