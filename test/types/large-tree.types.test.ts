/**
 * Four hundred actors in one tree: 300 under one supervisor, 5 × 20 one level down. The compiler must know
 * each address, and must not get slow at it: `npm run check:types` runs over this file every time.
 */
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { AddressMap } from '../../src/runtime/address-types.ts';
import type { Ref } from '../../src/runtime/ref-types.ts';
import type { System } from '../../src/runtime/system-types.ts';
import { actor, supervisor } from '../../src/runtime/tree-spec.ts';
import { clerk, ledger, onlyTypes } from './machines.ts';

const input = { to: 'ada', question: 'When?' };

// biome-ignore format: a table, five to a line
const flat = supervisor('flat', {
  children: [
    actor('a000', ledger), actor('a001', clerk, { input }), actor('a002', ledger), actor('a003', clerk, { input }), actor('a004', ledger),
    actor('a005', ledger), actor('a006', clerk, { input }), actor('a007', ledger), actor('a008', clerk, { input }), actor('a009', ledger),
    actor('a010', ledger), actor('a011', clerk, { input }), actor('a012', ledger), actor('a013', clerk, { input }), actor('a014', ledger),
    actor('a015', ledger), actor('a016', clerk, { input }), actor('a017', ledger), actor('a018', clerk, { input }), actor('a019', ledger),
    actor('a020', ledger), actor('a021', clerk, { input }), actor('a022', ledger), actor('a023', clerk, { input }), actor('a024', ledger),
    actor('a025', ledger), actor('a026', clerk, { input }), actor('a027', ledger), actor('a028', clerk, { input }), actor('a029', ledger),
    actor('a030', ledger), actor('a031', clerk, { input }), actor('a032', ledger), actor('a033', clerk, { input }), actor('a034', ledger),
    actor('a035', ledger), actor('a036', clerk, { input }), actor('a037', ledger), actor('a038', clerk, { input }), actor('a039', ledger),
    actor('a040', ledger), actor('a041', clerk, { input }), actor('a042', ledger), actor('a043', clerk, { input }), actor('a044', ledger),
    actor('a045', ledger), actor('a046', clerk, { input }), actor('a047', ledger), actor('a048', clerk, { input }), actor('a049', ledger),
    actor('a050', ledger), actor('a051', clerk, { input }), actor('a052', ledger), actor('a053', clerk, { input }), actor('a054', ledger),
    actor('a055', ledger), actor('a056', clerk, { input }), actor('a057', ledger), actor('a058', clerk, { input }), actor('a059', ledger),
    actor('a060', ledger), actor('a061', clerk, { input }), actor('a062', ledger), actor('a063', clerk, { input }), actor('a064', ledger),
    actor('a065', ledger), actor('a066', clerk, { input }), actor('a067', ledger), actor('a068', clerk, { input }), actor('a069', ledger),
    actor('a070', ledger), actor('a071', clerk, { input }), actor('a072', ledger), actor('a073', clerk, { input }), actor('a074', ledger),
    actor('a075', ledger), actor('a076', clerk, { input }), actor('a077', ledger), actor('a078', clerk, { input }), actor('a079', ledger),
    actor('a080', ledger), actor('a081', clerk, { input }), actor('a082', ledger), actor('a083', clerk, { input }), actor('a084', ledger),
    actor('a085', ledger), actor('a086', clerk, { input }), actor('a087', ledger), actor('a088', clerk, { input }), actor('a089', ledger),
    actor('a090', ledger), actor('a091', clerk, { input }), actor('a092', ledger), actor('a093', clerk, { input }), actor('a094', ledger),
    actor('a095', ledger), actor('a096', clerk, { input }), actor('a097', ledger), actor('a098', clerk, { input }), actor('a099', ledger),
    actor('a100', ledger), actor('a101', clerk, { input }), actor('a102', ledger), actor('a103', clerk, { input }), actor('a104', ledger),
    actor('a105', ledger), actor('a106', clerk, { input }), actor('a107', ledger), actor('a108', clerk, { input }), actor('a109', ledger),
    actor('a110', ledger), actor('a111', clerk, { input }), actor('a112', ledger), actor('a113', clerk, { input }), actor('a114', ledger),
    actor('a115', ledger), actor('a116', clerk, { input }), actor('a117', ledger), actor('a118', clerk, { input }), actor('a119', ledger),
    actor('a120', ledger), actor('a121', clerk, { input }), actor('a122', ledger), actor('a123', clerk, { input }), actor('a124', ledger),
    actor('a125', ledger), actor('a126', clerk, { input }), actor('a127', ledger), actor('a128', clerk, { input }), actor('a129', ledger),
    actor('a130', ledger), actor('a131', clerk, { input }), actor('a132', ledger), actor('a133', clerk, { input }), actor('a134', ledger),
    actor('a135', ledger), actor('a136', clerk, { input }), actor('a137', ledger), actor('a138', clerk, { input }), actor('a139', ledger),
    actor('a140', ledger), actor('a141', clerk, { input }), actor('a142', ledger), actor('a143', clerk, { input }), actor('a144', ledger),
    actor('a145', ledger), actor('a146', clerk, { input }), actor('a147', ledger), actor('a148', clerk, { input }), actor('a149', ledger),
    actor('a150', ledger), actor('a151', clerk, { input }), actor('a152', ledger), actor('a153', clerk, { input }), actor('a154', ledger),
    actor('a155', ledger), actor('a156', clerk, { input }), actor('a157', ledger), actor('a158', clerk, { input }), actor('a159', ledger),
    actor('a160', ledger), actor('a161', clerk, { input }), actor('a162', ledger), actor('a163', clerk, { input }), actor('a164', ledger),
    actor('a165', ledger), actor('a166', clerk, { input }), actor('a167', ledger), actor('a168', clerk, { input }), actor('a169', ledger),
    actor('a170', ledger), actor('a171', clerk, { input }), actor('a172', ledger), actor('a173', clerk, { input }), actor('a174', ledger),
    actor('a175', ledger), actor('a176', clerk, { input }), actor('a177', ledger), actor('a178', clerk, { input }), actor('a179', ledger),
    actor('a180', ledger), actor('a181', clerk, { input }), actor('a182', ledger), actor('a183', clerk, { input }), actor('a184', ledger),
    actor('a185', ledger), actor('a186', clerk, { input }), actor('a187', ledger), actor('a188', clerk, { input }), actor('a189', ledger),
    actor('a190', ledger), actor('a191', clerk, { input }), actor('a192', ledger), actor('a193', clerk, { input }), actor('a194', ledger),
    actor('a195', ledger), actor('a196', clerk, { input }), actor('a197', ledger), actor('a198', clerk, { input }), actor('a199', ledger),
    actor('a200', ledger), actor('a201', clerk, { input }), actor('a202', ledger), actor('a203', clerk, { input }), actor('a204', ledger),
    actor('a205', ledger), actor('a206', clerk, { input }), actor('a207', ledger), actor('a208', clerk, { input }), actor('a209', ledger),
    actor('a210', ledger), actor('a211', clerk, { input }), actor('a212', ledger), actor('a213', clerk, { input }), actor('a214', ledger),
    actor('a215', ledger), actor('a216', clerk, { input }), actor('a217', ledger), actor('a218', clerk, { input }), actor('a219', ledger),
    actor('a220', ledger), actor('a221', clerk, { input }), actor('a222', ledger), actor('a223', clerk, { input }), actor('a224', ledger),
    actor('a225', ledger), actor('a226', clerk, { input }), actor('a227', ledger), actor('a228', clerk, { input }), actor('a229', ledger),
    actor('a230', ledger), actor('a231', clerk, { input }), actor('a232', ledger), actor('a233', clerk, { input }), actor('a234', ledger),
    actor('a235', ledger), actor('a236', clerk, { input }), actor('a237', ledger), actor('a238', clerk, { input }), actor('a239', ledger),
    actor('a240', ledger), actor('a241', clerk, { input }), actor('a242', ledger), actor('a243', clerk, { input }), actor('a244', ledger),
    actor('a245', ledger), actor('a246', clerk, { input }), actor('a247', ledger), actor('a248', clerk, { input }), actor('a249', ledger),
    actor('a250', ledger), actor('a251', clerk, { input }), actor('a252', ledger), actor('a253', clerk, { input }), actor('a254', ledger),
    actor('a255', ledger), actor('a256', clerk, { input }), actor('a257', ledger), actor('a258', clerk, { input }), actor('a259', ledger),
    actor('a260', ledger), actor('a261', clerk, { input }), actor('a262', ledger), actor('a263', clerk, { input }), actor('a264', ledger),
    actor('a265', ledger), actor('a266', clerk, { input }), actor('a267', ledger), actor('a268', clerk, { input }), actor('a269', ledger),
    actor('a270', ledger), actor('a271', clerk, { input }), actor('a272', ledger), actor('a273', clerk, { input }), actor('a274', ledger),
    actor('a275', ledger), actor('a276', clerk, { input }), actor('a277', ledger), actor('a278', clerk, { input }), actor('a279', ledger),
    actor('a280', ledger), actor('a281', clerk, { input }), actor('a282', ledger), actor('a283', clerk, { input }), actor('a284', ledger),
    actor('a285', ledger), actor('a286', clerk, { input }), actor('a287', ledger), actor('a288', clerk, { input }), actor('a289', ledger),
    actor('a290', ledger), actor('a291', clerk, { input }), actor('a292', ledger), actor('a293', clerk, { input }), actor('a294', ledger),
    actor('a295', ledger), actor('a296', clerk, { input }), actor('a297', ledger), actor('a298', clerk, { input }), actor('a299', ledger),
  ],
});

// biome-ignore format: a table, five to a line
const desk0 = supervisor('desk0', {
  children: [
    actor('b00', ledger), actor('b01', clerk, { input }), actor('b02', ledger), actor('b03', clerk, { input }), actor('b04', ledger),
    actor('b05', ledger), actor('b06', clerk, { input }), actor('b07', ledger), actor('b08', clerk, { input }), actor('b09', ledger),
    actor('b10', ledger), actor('b11', clerk, { input }), actor('b12', ledger), actor('b13', clerk, { input }), actor('b14', ledger),
    actor('b15', ledger), actor('b16', clerk, { input }), actor('b17', ledger), actor('b18', clerk, { input }), actor('b19', ledger),
  ],
});
// biome-ignore format: a table, five to a line
const desk1 = supervisor('desk1', {
  children: [
    actor('b00', ledger), actor('b01', clerk, { input }), actor('b02', ledger), actor('b03', clerk, { input }), actor('b04', ledger),
    actor('b05', ledger), actor('b06', clerk, { input }), actor('b07', ledger), actor('b08', clerk, { input }), actor('b09', ledger),
    actor('b10', ledger), actor('b11', clerk, { input }), actor('b12', ledger), actor('b13', clerk, { input }), actor('b14', ledger),
    actor('b15', ledger), actor('b16', clerk, { input }), actor('b17', ledger), actor('b18', clerk, { input }), actor('b19', ledger),
  ],
});
// biome-ignore format: a table, five to a line
const desk2 = supervisor('desk2', {
  children: [
    actor('b00', ledger), actor('b01', clerk, { input }), actor('b02', ledger), actor('b03', clerk, { input }), actor('b04', ledger),
    actor('b05', ledger), actor('b06', clerk, { input }), actor('b07', ledger), actor('b08', clerk, { input }), actor('b09', ledger),
    actor('b10', ledger), actor('b11', clerk, { input }), actor('b12', ledger), actor('b13', clerk, { input }), actor('b14', ledger),
    actor('b15', ledger), actor('b16', clerk, { input }), actor('b17', ledger), actor('b18', clerk, { input }), actor('b19', ledger),
  ],
});
// biome-ignore format: a table, five to a line
const desk3 = supervisor('desk3', {
  children: [
    actor('b00', ledger), actor('b01', clerk, { input }), actor('b02', ledger), actor('b03', clerk, { input }), actor('b04', ledger),
    actor('b05', ledger), actor('b06', clerk, { input }), actor('b07', ledger), actor('b08', clerk, { input }), actor('b09', ledger),
    actor('b10', ledger), actor('b11', clerk, { input }), actor('b12', ledger), actor('b13', clerk, { input }), actor('b14', ledger),
    actor('b15', ledger), actor('b16', clerk, { input }), actor('b17', ledger), actor('b18', clerk, { input }), actor('b19', ledger),
  ],
});
// biome-ignore format: a table, five to a line
const desk4 = supervisor('desk4', {
  children: [
    actor('b00', ledger), actor('b01', clerk, { input }), actor('b02', ledger), actor('b03', clerk, { input }), actor('b04', ledger),
    actor('b05', ledger), actor('b06', clerk, { input }), actor('b07', ledger), actor('b08', clerk, { input }), actor('b09', ledger),
    actor('b10', ledger), actor('b11', clerk, { input }), actor('b12', ledger), actor('b13', clerk, { input }), actor('b14', ledger),
    actor('b15', ledger), actor('b16', clerk, { input }), actor('b17', ledger), actor('b18', clerk, { input }), actor('b19', ledger),
  ],
});

const root = supervisor('root', { children: [flat, desk0, desk1, desk2, desk3, desk4] });

describe('a tree of four hundred actors', () => {
  it('has an address for each', () => {
    const actors = root.children.map(({ children }) => children.length);
    expect(actors).toEqual([300, 20, 20, 20, 20, 20]);
    expectTypeOf<'/flat/a000' | '/flat/a299' | '/desk4/b19'>().toExtend<
      keyof AddressMap<typeof root>
    >();
  });

  it('tells the logic at each', () => {
    onlyTypes((system: System<typeof root>) => {
      expectTypeOf(system.ref('/flat/a000')).toEqualTypeOf<Ref<typeof ledger>>();
      expectTypeOf(system.ref('/flat/a299')).toEqualTypeOf<Ref<typeof ledger>>();
      expectTypeOf(system.ref('/desk4/b18')).toEqualTypeOf<Ref<typeof clerk>>();
      // @ts-expect-error nobody lives there
      system.ref('/flat/a300');
      // @ts-expect-error nor there
      system.ref('/desk4/b20');
    });
  });

  it('notices one id used twice', () => {
    onlyTypes(() => {
      // @ts-expect-error duplicate child id 'a299'
      supervisor('again', { children: [...flat.children, actor('a299', ledger)] });
    });
  });
});
