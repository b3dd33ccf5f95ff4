// The format against the vectors that the Rust side writes: keystore/seal/vectors/format-1.json.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { identityToRecipient } from 'age-encryption';
import { openWhole } from '../src/age/open.ts';
import { AgeReader } from '../src/age/reader.ts';
import { fromBase64url, lp, toBase64url, toHex } from '../src/format/bytes.ts';
import { checkSymbol, decode, encode } from '../src/format/crockford.ts';
import { copySeedOf, draftIdOf, draftKeyOf, joinSeed, openProofOf, padOf, replySeedOf } from '../src/format/grant.ts';
import { parseCopy } from '../src/format/copy.ts';
import * as link from '../src/format/link.ts';
import { padDocument, padme } from '../src/format/padme.ts';
import { identityOf, type Profile } from '../src/format/profile.ts';
import { sign, signingInput } from '../src/format/reply.ts';
import { fromUuid } from '../src/format/uuid.ts';
import * as made from './mock/link.ts';

type Strings = Record<string, string>;
interface Vectors {
  grants: Strings[];
  files: (Strings & { plaintext_length: number })[];
  padme: [number, number][];
  reply_signatures: (Strings & { part_sha256: string[] })[];
  sent_copies: (Strings & { document: unknown })[];
}

const vectors = JSON.parse(readFileSync('../../keystore/seal/vectors/format-1.json', 'utf8')) as Vectors;
const hex = (s: string | undefined) => new Uint8Array(Buffer.from(s!, 'hex'));

describe('the link grant', () => {
  for (const [i, v] of vectors.grants.entries()) {
    const secret = hex(v.link_secret);
    const handle = hex(v.handle);
    const ids = { message: fromUuid(v.message_id!)!, recipient: fromUuid(v.recipient_id!)! };

    test(`grant ${i}: pad, share and seed`, () => {
      assert.equal(toHex(padOf(secret, ids)), v.pad);
      assert.equal(toHex(joinSeed(secret, hex(v.server_share), ids)), v.seed);
    });
    test(`grant ${i}: open proof`, () => {
      const proof = openProofOf(secret, handle);
      assert.equal(toBase64url(proof), v.open_proof);
      assert.equal(createHash('sha256').update(proof).digest('hex'), v.open_proof_sha256);
    });
    test(`grant ${i}: reply signer`, () => assert.equal(toHex(made.replyPublicOf(replySeedOf(secret, ids))), v.reply_public));
    test(`grant ${i}: the identity of its copies`, async () => {
      const copySeed = copySeedOf(secret, hex(v.seed), ids);
      assert.equal(toHex(copySeed), v.copy_seed);
      assert.equal(await identityToRecipient(identityOf('mlkem768x25519', copySeed)), v.copy_recipient_hybrid);
      assert.equal(await identityToRecipient(identityOf('x25519', copySeed)), v.copy_recipient_x25519);
    });
    test(`grant ${i}: link, message key, handle and reference`, () => {
      assert.equal(made.fragmentOf(secret), `#${v.fragment}`);
      assert.deepEqual(link.secretFromFragment(`#${v.fragment}`), secret);
      assert.equal(made.messageKeyOf(secret), v.message_key);
      assert.deepEqual(link.secretFromMessageKey(v.message_key!), secret);
      assert.equal(link.handleToText(handle), v.handle_text);
      assert.deepEqual(link.handleFromText(v.handle_text!), handle);
      assert.equal(made.referenceOf(handle), v.reference);
    });
    test(`grant ${i}: identities and their recipients`, async () => {
      for (const [profile, identity, recipient] of [
        ['mlkem768x25519', v.identity_hybrid, v.recipient_hybrid],
        ['x25519', v.identity_x25519, v.recipient_x25519],
      ] as const) {
        assert.equal(identityOf(profile, hex(v.seed)), identity);
        assert.equal(await identityToRecipient(identity!), recipient);
      }
    });
  }
});

describe('sent copies', () => {
  for (const v of vectors.sent_copies) {
    test(`${v.profile}: opens for its writer, in its own place`, async () => {
      const ids = { message: fromUuid(v.message_id!)!, recipient: fromUuid(v.recipient_id!)! };
      const identity = identityOf(v.profile as Profile, copySeedOf(hex(v.link_secret), hex(v.seed), ids));
      const plain = await openWhole(new Uint8Array(Buffer.from(v.file_base64!, 'base64')), identity);
      const place = { reply_id: v.reply_id!, message_id: v.message_id!, recipient_id: v.recipient_id! };
      assert.deepEqual(parseCopy(plain, place), v.document);
      for (const [member, other] of Object.entries({ reply_id: v.message_id, message_id: v.reply_id, recipient_id: v.reply_id })) {
        assert.equal(parseCopy(plain, { ...place, [member]: other }), null, member);
      }
    });
  }
});

describe('sealed files', () => {
  for (const v of vectors.files) {
    test(`${v.profile}, ${v.plaintext_length} octets`, async () => {
      const sealed = new Uint8Array(Buffer.from(v.file_base64!, 'base64'));
      const identity = identityOf(v.profile as Profile, hex(v.seed));
      const whole = await openWhole(sealed, identity);
      assert.equal(whole.length, v.plaintext_length);
      assert.equal(createHash('sha256').update(whole).digest('hex'), v.plaintext_sha256);
      const reader = await AgeReader.open({ size: sealed.length, read: async (a, b) => sealed.slice(a, b) }, identity);
      assert.equal(reader.size, v.plaintext_length);
    });
  }
});

describe('the secure reply', () => {
  for (const [i, v] of vectors.reply_signatures.entries()) {
    test(`signature ${i}`, () => {
      const ids = { message: fromUuid(v.message_id!)!, recipient: fromUuid(v.recipient_id!)! };
      const input = signingInput(ids, fromUuid(v.reply_id!)!, v.part_sha256.map(hex));
      assert.equal(toHex(input), v.signing_input);
      // Ed25519 has one signature for an input, so the two sides agree octet for octet.
      assert.equal(toHex(sign(replySeedOf(hex(v.link_secret), ids), input)), v.signature);
    });
  }
});

describe('Padmé', () => {
  test('lengths', () => {
    for (const [length, padded] of vectors.padme) assert.equal(padme(length), padded, String(length));
  });
  test('pads a document with spaces, which JSON does not mind', () => {
    const padded = padDocument(new TextEncoder().encode(`{"a":"${'x'.repeat(90)}"}`));
    assert.equal(padded.length, padme(98));
    assert.equal((JSON.parse(new TextDecoder().decode(padded)) as { a: string }).a.length, 90);
  });
});

describe('what is refused', () => {
  const v = vectors.grants[0]!;
  test('base64url with padding, white space, the other alphabet, a lone symbol or bits behind the end', () => {
    for (const bad of ['AA==', 'AAA=', 'A A', 'AA\n', '+_8', '/_8', 'A', 'AB', 'AAB', 'AA%3D']) assert.equal(fromBase64url(bad), null, bad);
    assert.deepEqual(fromBase64url(''), new Uint8Array(0));
    assert.deepEqual(fromBase64url('_-8'), Uint8Array.of(0xff, 0xef));
  });
  test('fragments of another format, another length, or with more symbols', () => {
    const secret = v.fragment!.slice(2);
    for (const bad of ['', '#', '#1.', `#2.${secret}`, `#1.${secret}A`, `#1.${secret.slice(1)}`, `#1.${secret.slice(0, -1)}!`, secret, `#x1.${secret}`]) {
      assert.equal(link.secretFromFragment(bad), null, bad);
    }
  });
  test('but what mail programs add behind a link is ignored', () => {
    for (const more of ['.', ')', '>', '&utm_source=x', '%20', '/']) assert.deepEqual(link.secretFromFragment(`#${v.fragment}${more}`), hex(v.link_secret), more);
  });
  test('message keys with one symbol wrong, missing, or swapped with its neighbour', () => {
    const key = v.message_key!;
    for (let at = 0; at < key.length; at++) {
      if (key[at] === '-') continue;
      const other = key[at] === '7' ? '8' : '7';
      assert.equal(link.secretFromMessageKey(key.slice(0, at) + other + key.slice(at + 1)), null, `changed at ${at}`);
      assert.equal(link.secretFromMessageKey(key.slice(0, at) + key.slice(at + 1)), null, `missing at ${at}`);
    }
  });
  test('but either case, O for 0, I and L for 1, spaces and dashes of any kind are accepted', () => {
    const spoken = v.message_key!.toLowerCase().replace(/0/g, 'o').replace(/1/g, 'l').replace(/-/g, ' – ');
    assert.deepEqual(link.secretFromMessageKey(spoken), hex(v.link_secret));
  });
  test('O, I and L are forgiven in the check symbol too, and 0 is not taken for 1', () => {
    for (const [rest, forgiven, wrong] of [[0, 'oO0', '1iL'], [1, 'iIlL1', '0oO']] as const) {
      const secret = new Uint8Array(32);
      secret[31] = rest;
      const key = made.messageKeyOf(secret).slice(0, -1);
      for (const symbol of forgiven) assert.deepEqual(link.secretFromMessageKey(key + symbol), secret, symbol);
      for (const symbol of wrong) assert.equal(link.secretFromMessageKey(key + symbol), null, symbol);
    }
  });
  test('and the marks of the sentence that it was pasted with', () => {
    for (const pasted of [`${v.message_key}.`, `"${v.message_key}"`, `<${v.message_key}>,`, `(${v.message_key})`]) assert.deepEqual(link.secretFromMessageKey(pasted), hex(v.link_secret), pasted);
  });
  test('every check symbol is read back, in either case', () => {
    const seen = new Set<string>();
    for (let n = 0; n < 37; n++) {
      const secret = new Uint8Array(32);
      secret[31] = n;
      seen.add(checkSymbol(secret));
      assert.deepEqual(link.secretFromMessageKey(made.messageKeyOf(secret).toLowerCase()), secret);
    }
    assert.equal([...seen].join(''), '0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U');
  });
  test('handles with foreign symbols, another length, or filling bits', () => {
    const good = v.handle_text!;
    for (const bad of ['', good.slice(1), `${good}0`, good.replace(/.$/, 'u'), good.replace(/.$/, '1'), good.replace(/^./, 'ı'), good.replace(/^./, ' ')]) {
      assert.equal(link.handleFromText(bad), null, bad);
    }
    assert.deepEqual(link.handleFromText(good.toUpperCase()), hex(v.handle));
  });
  test('Crockford and back, for every length', () => {
    for (let length = 0; length < 40; length++) {
      const octets = Uint8Array.from({ length }, (_, i) => (i * 37 + length) % 256);
      assert.deepEqual(decode(encode(octets), length), octets);
    }
  });
  test('UUIDs in capitals or without hyphens', () => {
    for (const bad of ['01020304-0506-0708-090A-0b0c0d0e0f10', '0102030405060708090a0b0c0d0e0f10', '', '01020304-0506-0708-090a-0b0c0d0e0f1']) assert.equal(fromUuid(bad), null);
  });
  test('parts too long for a length prefix', () => assert.throws(() => lp(new Uint8Array(65_536)), RangeError));
});

describe('what a draft is sealed under', () => {
  const octets = (n: number, length = 32) => new Uint8Array(length).fill(n);
  const ids = { message: octets(1, 16), recipient: octets(2, 16) };
  test('needs the link and the seed, and is of one message and one recipient', () => {
    const keys = [
      draftKeyOf(octets(3), octets(4), ids),
      draftKeyOf(octets(3), octets(5), ids),
      draftKeyOf(octets(5), octets(4), ids),
      draftKeyOf(octets(3), octets(4), { ...ids, recipient: octets(6, 16) }),
      draftKeyOf(octets(3), octets(4), { ...ids, message: octets(6, 16) }),
      draftIdOf(octets(3), octets(1, 16)),
    ].map(toHex);
    assert.equal(new Set(keys).size, keys.length);
    assert.equal(toHex(draftKeyOf(octets(3), octets(4), ids)), keys[0]);
  });
});
