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
  JWKS: {
    en: 'It takes a JWK set of public ES256 (P-256) or RS256 (2048 bits or more) signing keys, each with its own kid.',
    'zh-CN': '应为公钥集(JWK Set):ES256(P-256)或 RS256(至少 2048 位)签名公钥,各有不同的 kid。',
  },
})
