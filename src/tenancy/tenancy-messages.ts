import { addMessages } from '../platform/language.js'

addMessages({
  PERSON_ERASED: {
    en: 'This person was erased: add a new one.',
    'zh-CN': '此人的信息已被删除:请新增。',
  },
  ISSUER_ADDRESS: {
    en: 'An issuer is an https address without query or fragment (OpenID Connect Core, 2).',
    'zh-CN': '颁发者应为不含查询与片段的 https 地址(OpenID Connect Core 第 2 节)。',
  },
  KEYS_TWICE: {
    en: 'Give the keys or their address, not both.',
    'zh-CN': '密钥与密钥地址只能提供其一。',
  },
  KEYS_ADDRESS: {
    en: 'The address must be https and without a user name.',
    'zh-CN': '地址应为 https,且不含用户名。',
  },
  KEYS_UNREACHABLE: {
    en: 'Nothing answered there with status 200 within 5 seconds at a public address, without a redirect.',
    'zh-CN': '该处未能在 5 秒内经由公网地址、不经重定向地以状态 200 应答。',
  },
  KEYS_UNUSABLE: {
    en: 'What answered is no JWK set of 1 to 20 usable keys, ES256 (P-256) or RS256 (2048 bits or more), each with its own kid, in at most 256 kB.',
    'zh-CN':
      '所得内容不是含 1 至 20 个可用公钥(ES256 P-256 或 RS256 至少 2048 位,kid 各异)、不超过 256 kB 的公钥集。',
  },
  DISCOVERY_MISMATCH: {
    en: 'The document at /.well-known/openid-configuration is of another issuer.',
    'zh-CN': '/.well-known/openid-configuration 所描述的是另一个颁发者。',
  },
  JWKS: {
    en: 'It takes a JWK set of public ES256 (P-256) or RS256 (2048 bits or more) signing keys, each with its own kid.',
    'zh-CN': '应为公钥集(JWK Set):ES256(P-256)或 RS256(至少 2048 位)签名公钥,各有不同的 kid。',
  },
})
