/** Names of things, people and places, made from numbers. */
import { hash } from '../../math/random.ts'

const GIVEN = `anna bjorn carla david elena farid grace hiro ines jonas kavya liam maria nikhil olga
pavel qing rosa sven tara umar vera wei xenia yuki zoe amir beate chidi dora emil fatima goran hana
ivan julia kenji laura mehmet nora`.split(/\s+/)
const FAMILY = `adler bauer costa diaz eriksen fischer gupta huang ito jansen khan lopez meyer novak
okafor patel quinn rossi sato tanaka ueda vogel wagner xu yilmaz zimmer andersson brown chen dubois
evans ferrari garcia haas iyer jones keller lindt murphy nakamura`.split(/\s+/)
const TOPIC =
  `atlas beacon cedar delta ember falcon garnet harbor indigo juniper kestrel lumen maple
nimbus orchid pioneer quartz raven summit tundra umber vertex willow zephyr aurora basalt comet
dune echo fjord glacier heron iris jade krypton lotus meridian nova opal prism`.split(/\s+/)
const THING = `plan budget notes review draft roadmap brief minutes contract forecast summary spec
checklist estimate offer report agenda deck survey handbook`.split(/\s+/)
const SITE = `news wiki docs blog data forum lab hub times journal stats market tech world health
energy finance travel legal research`.split(/\s+/)
const ENDING = ['com', 'com', 'com', 'org', 'io', 'net', 'de', 'co.uk', 'dev', 'jp', 'in', 'eu']

const at = (list: readonly string[], n: number): string => list[n % list.length]!

export const personName = (n: number): string =>
  `${at(GIVEN, n)}.${at(FAMILY, Math.floor(n / GIVEN.length) * 7 + n * 3)}`

export const topic = (n: number): string =>
  n < TOPIC.length ? at(TOPIC, n) : `${at(TOPIC, n)}-${at(TOPIC, hash(n, 3))}`

export const paper = (n: number): string => `${topic(hash(n, 1) % 400)}-${at(THING, hash(n, 2))}`

export const company = (n: number): string => `${at(FAMILY, hash(n, 5))}-${at(TOPIC, hash(n, 6))}`

export const domain = (n: number): string =>
  `${at(TOPIC, hash(n, 7))}${at(SITE, hash(n, 8))}${n % 3 === 0 ? n % 97 : ''}.${at(ENDING, hash(n, 9))}`
