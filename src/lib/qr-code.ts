/** QR codes as SVG, for what a phone is to read from a screen. */
import { renderSVG } from 'uqr';

/** ISO/IEC 18004 §5.3.8 asks for a quiet zone of four modules. */
const QUIET_MODULES = 4;

/** One path of black on white; colours are fixed, because many scanners do not read an inverted code. */
export function renderQrSvg(text: string): string {
  return renderSVG(text, { ecc: 'M', border: QUIET_MODULES, pixelSize: 4 });
}
