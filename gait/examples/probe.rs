use std::path::Path;
use gait::{Options, Side, analyze, strides::Stride};
fn load(path: &Path) -> gait::Recording {
    let f = gait::format::SourceFile { name: path.file_name().unwrap().to_string_lossy().into_owned(), bytes: std::fs::read(path).unwrap() };
    gait::format::read(&[f], None).unwrap()
}
fn ms(v: &[f64]) -> (f64, f64) {
    let m = v.iter().sum::<f64>() / v.len() as f64;
    (m, (v.iter().map(|x| (x - m).powi(2)).sum::<f64>() / (v.len() as f64 - 1.0)).sqrt())
}
fn med(mut v: Vec<f64>) -> f64 { v.sort_by(f64::total_cmp); v[v.len() / 2] }
type M = (&'static str, fn(&Stride) -> Option<f64>);
fn main() {
    let d = Path::new("/work/shared/data");
    let ms_list: Vec<M> = vec![
        ("cpei", |s| s.plantar.as_ref()?.cpei_pct), ("len", |s| s.plantar.as_ref()?.cop_length), ("wid", |s| s.plantar.as_ref()?.cop_width),
        ("mid", |s| s.plantar.as_ref()?.mid_load), ("malr", |s| s.plantar.as_ref()?.malr), ("mlr", |s| s.plantar.as_ref()?.mlr), ("fmlr", |s| s.plantar.as_ref()?.fmlr), ("fore", |s| s.plantar.as_ref()?.forefoot_share),
        ("f1", |s| Some(s.force?.f1_bw)), ("fv", |s| Some(s.force?.fv_bw)), ("f2", |s| Some(s.force?.f2_bw)), ("t1", |s| Some(s.force?.t_f1)), ("tv", |s| Some(s.force?.t_fv)), ("t2", |s| Some(s.force?.t_f2)),
        ("lr", |s| s.force?.loading_rate_bw_per_s),
        ("r0", |s| Some(s.plantar.as_ref()?.regions[0].impulse_share)), ("r1", |s| Some(s.plantar.as_ref()?.regions[1].impulse_share)), ("r2", |s| Some(s.plantar.as_ref()?.regions[2].impulse_share)), ("r3", |s| Some(s.plantar.as_ref()?.regions[3].impulse_share)), ("r4", |s| Some(s.plantar.as_ref()?.regions[4].impulse_share)), ("r5", |s| Some(s.plantar.as_ref()?.regions[5].impulse_share)), ("r6", |s| Some(s.plantar.as_ref()?.regions[6].impulse_share)), ("r7", |s| Some(s.plantar.as_ref()?.regions[7].impulse_share)),
    ];
    for f in ["moticon/230927_102114.txt", "moticon/230927_102231.txt"] {
        let a = analyze(&load(&d.join(f)), &Options::default());
        println!("{f} faults {:?} bw {:?} creep {:?}", a.sensor_faults, a.body_weight_force, a.creep_pct);
        for (n, g) in &ms_list {
            for side in Side::BOTH {
                let v: Vec<f64> = a.strides.iter().filter(|s| s.foot == side && s.is_valid()).filter_map(g).collect();
                let u: Vec<f64> = a.strides.iter().filter(|s| s.foot == side && s.is_used()).filter_map(g).collect();
                let (m, s) = ms(&v);
                print!("  {n} {side} n{} {m:.3}+/-{s:.3} med {:.3} used n{} {:.3}", v.len(), med(v.clone()), u.len(), ms(&u).0);
            }
            println!();
        }
        for side in [0,1] { if let Some(p)=&a.pressure[side] { println!("phases {:?} path_n {}/{}", p.phases, p.path_n, p.n); println!("  y {:?}", p.path_y.iter().map(|q| (q.mean*1000.).round()/1000.).collect::<Vec<_>>()); println!("  x {:?}", p.path_x.iter().map(|q| (q.mean*1000.).round()/1000.).collect::<Vec<_>>()); for r in &p.regions { if let Some(k)=&r.peak_pressure_kpa { print!(" {:.0}/{:.0}", k.moments.mean, k.quantile_kpa(0.95)); } } println!(); } }
    }
    for group in ["Co", "Pt"] {
        let mut per: Vec<Vec<f64>> = vec![vec![]; ms_list.len()];
        let mut ph = (0, 0, 0); let mut pn=(0,0);
        let mut files: Vec<_> = std::fs::read_dir(d.join("gaitpdb")).unwrap().map(|e| e.unwrap().path()).filter(|p| { let n = p.file_stem().unwrap().to_string_lossy().into_owned(); n.ends_with("_01") && n.contains(group) }).collect();
        files.sort();
        for p in &files {
            let a = analyze(&load(p), &Options::default());
            if a.sensor_faults.iter().any(|f| !f.is_empty()) { println!("{} {:?}", a.recording, a.sensor_faults); }
            for (k, (_, g)) in ms_list.iter().enumerate() {
                let foot = |side| { let v: Vec<f64> = a.strides.iter().filter(|s| s.foot == side && s.is_used()).filter_map(g).collect(); (ms(&v).0, med(v)) };
                per[k].push(0.5 * (foot(Side::Left).0 + foot(Side::Right).0));
            }
            for q in a.pressure.iter().flatten() { ph.0 += q.phases.typical; ph.1 += q.phases.atypical; ph.2 += q.phases.unknown; pn.0+=q.path_n; pn.1+=q.n; }
        }
        println!("{group} n {} phases {ph:?} path {pn:?}", files.len());
        for (k, (n, _)) in ms_list.iter().enumerate() { let (m, s) = ms(&per[k]); println!("  {n} {m:.3} +/- {s:.3}"); }
    }
}
