// Width and height as a picture's own header says them: PNG, GIF, WebP and JPEG, by their specifications. Only for the
// first guess at how tall a mail is; a header that lies is put right once the browser has decoded the picture.

export interface PictureSize {
  width: number;
  height: number;
}

export function pictureSize(octets: Uint8Array): PictureSize | null {
  const data = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  try {
    if (data.getUint32(0) === 0x89504e47) return sane(data.getUint32(16), data.getUint32(20));
    if (data.getUint32(0) === 0x47494638) return sane(data.getUint16(6, true), data.getUint16(8, true));
    if (data.getUint32(0) === 0x52494646 && data.getUint32(8) === 0x57454250) return webp(data);
    if (data.getUint16(0) === 0xffd8) return jpeg(data);
  } catch {
    // It ends before its header does.
  }
  return null;
}

/** No browser draws more than this, and a layout of it would be of no use. */
const LARGEST = 32_767;

const sane = (width: number, height: number): PictureSize | null => (width > 0 && height > 0 && width <= LARGEST && height <= LARGEST ? { width, height } : null);

const three = (data: DataView, at: number): number => data.getUint16(at, true) + 65_536 * data.getUint8(at + 2);

function webp(data: DataView): PictureSize | null {
  switch (data.getUint32(12)) {
    case 0x56503820: // "VP8 "
      return sane(data.getUint16(26, true) & 0x3fff, data.getUint16(28, true) & 0x3fff);
    case 0x5650384c: { // "VP8L"
      const bits = data.getUint32(21, true);
      return sane((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
    }
    case 0x56503858: // "VP8X"
      return sane(three(data, 24) + 1, three(data, 27) + 1);
  }
  return null;
}

/** The first start of frame (ITU T.81, B.2.2). */
function jpeg(data: DataView): PictureSize | null {
  for (let at = 2; data.getUint8(at) === 0xff; at += 2 + data.getUint16(at + 2)) {
    const marker = data.getUint8(at + 1);
    // DHT, JPG and DAC have numbers between those of the frames.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return sane(data.getUint16(at + 7), data.getUint16(at + 5));
  }
  return null;
}
