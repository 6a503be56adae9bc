/**
 * The run as small pictures over one time axis, each with its verdict. Kills are dashed lines, the warm-up is
 * grey.
 */
import { Resvg } from '@resvg/resvg-js';
import { LineChart, ScatterChart } from 'echarts/charts';
import {
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
} from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { type Line, type Panel, panelsOf, type Pictured } from './panels.ts';
import { WARM_UP_SHARE } from './verdict.ts';

use([
  LineChart,
  ScatterChart,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
  SVGRenderer,
]);

const MINUTE_MS = 60_000;
const COLUMNS = 3;
const WIDTH = 1_650;
const HEAD = 60;
const CELL = { width: WIDTH / COLUMNS, height: 300 };
/** Around the axes of one panel. */
const MARGIN = { left: 64, right: 24, top: 96, bottom: 36 };
const colours = ['#2563a8', '#d9822b', '#7a7a7a', '#3a8f5c', '#8c5aa8', '#b04848'];
const flatColour = '#3a8f5c';
const badColour = '#c0392b';

export function svgOf(pictured: Pictured): string {
  const panels = panelsOf(pictured);
  const height = HEAD + Math.ceil(panels.length / COLUMNS) * CELL.height;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  const places = panels.map((_, index) => ({
    x: (index % COLUMNS) * CELL.width,
    y: HEAD + Math.floor(index / COLUMNS) * CELL.height,
  }));
  const lastMs = pictured.samples.at(-1)?.atMs ?? 0;
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: 'DejaVu Sans, Helvetica, Arial, sans-serif' },
    title: [
      { text: pictured.title, left: 16, top: 14, textStyle: { fontSize: 20, color: '#222' } },
      ...panels.map((panel, index) => titleOf(panel, places[index] ?? { x: 0, y: 0 })),
    ],
    legend: panels.map((panel, index) => ({
      data: panel.lines.map(({ name }) => name),
      left: (places[index]?.x ?? 0) + MARGIN.left - 8,
      top: (places[index]?.y ?? 0) + 58,
      itemWidth: 16,
      itemHeight: 8,
      itemGap: 18,
      textStyle: { fontSize: 11 },
    })),
    grid: places.map(({ x, y }) => ({
      left: x + MARGIN.left,
      top: y + MARGIN.top,
      width: CELL.width - MARGIN.left - MARGIN.right,
      height: CELL.height - MARGIN.top - MARGIN.bottom,
    })),
    xAxis: panels.map((_, index) => ({
      gridIndex: index,
      type: 'value',
      min: 0,
      max: lastMs / MINUTE_MS,
      axisLabel: { fontSize: 11, formatter: (minute: number) => `${minute.toFixed(1)} min` },
      splitNumber: 4,
      splitLine: { show: false },
    })),
    yAxis: panels.map(({ isLog }, index) => ({
      gridIndex: index,
      type: isLog ? 'log' : 'value',
      min: isLog ? undefined : 0,
      axisLabel: { fontSize: 11 },
      splitNumber: 4,
    })),
    series: panels.flatMap((panel, index) =>
      panel.lines.map((line, nth) => drawn(line, nth, index, pictured)),
    ),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

export function pngOf(svg: string): Uint8Array {
  return new Resvg(svg, { font: { loadSystemFonts: true } }).render().asPng();
}

function titleOf({ title, verdict, isBad }: Panel, { x, y }: { x: number; y: number }): object {
  return {
    text: title,
    subtext: verdict,
    left: x + MARGIN.left - 8,
    top: y,
    itemGap: 4,
    textStyle: { fontSize: 14, color: '#222' },
    subtextStyle: { fontSize: 11, color: isBad ? badColour : flatColour },
  };
}

function drawn(line: Line, nth: number, index: number, { killsMs, samples }: Pictured): object {
  const warmMs = (samples.at(-1)?.atMs ?? 0) * WARM_UP_SHARE;
  const color = colours[nth % colours.length];
  return {
    name: line.name,
    type: line.isScattered ? 'scatter' : 'line',
    xAxisIndex: index,
    yAxisIndex: index,
    data: line.points,
    symbolSize: line.isScattered ? 7 : 0,
    showSymbol: line.isScattered,
    lineStyle: { width: 1.2, color },
    itemStyle: { color },
    ...(nth > 0
      ? {}
      : {
          markLine: {
            silent: true,
            symbol: 'none',
            label: { show: false },
            lineStyle: { color: '#bbbbbb', width: 1, type: 'dashed' },
            data: killsMs.map((ms) => ({ xAxis: ms / MINUTE_MS })),
          },
          markArea: {
            silent: true,
            itemStyle: { color: '#f2f2f2' },
            data: [[{ xAxis: 0 }, { xAxis: warmMs / MINUTE_MS }]],
          },
        }),
  };
}
