#![allow(clippy::all, clippy::unwrap_used, missing_docs)]
mod common;
use gait::*;
#[test] fn pdb(){ let d=common::recordings("x").unwrap(); let c=common::Csv::read(&d.join("reference/gaitpdb_records.csv"));
 for (ts,te,th) in [(0.,0.,0.05),(20.,5.,0.05),(20.,5.,0.03)]{
 println!("trim {ts} {te} th {th}");
 let mut grp:std::collections::BTreeMap<String,Vec<[f64;5]>>=Default::default();
 for p in common::with_extension(&d.join("gaitpdb"),"txt"){ let n=p.file_stem().unwrap().to_string_lossy().into_owned(); if !n.ends_with("_01"){continue}
  let r=common::load(&p); let o=Options{trim_start_s:ts,trim_end_s:te,calibrated:gait::summary::Thresholds{on_bw:0.08,off_bw:th,fc_bw:th},..Options::default()};let a=analyze(&r,&o);
  let m=&a.metrics["stride_time_s"];let (l,rr)=(m.left.unwrap(),m.right.unwrap());
  let sw=&a.metrics["swing_pct"];let st=&a.metrics["swing_time_s"];
  let rl=c.number(&n,"L_stride_s");let rcv=c.number(&n,"L_strideCV_pct");
  if ts>0.&&th==0.05{println!("{n} bw {:.0} n {}/{} stride {:.4} ref {:.4} d {:.1} ms R d {:.1} cv {:.2}/{:.2} ref {:.2}/{:.2} swing {:.1}/{:.1} ref {:.1}/{:.1} swcv {:.1}/{:.1} ref {:.1}/{:.1} excl {:?} zero {:?}",a.body_weight_force.unwrap(),l.n,rr.n,l.mean,rl,1000.*(l.mean-rl),1000.*(rr.mean-c.number(&n,"R_stride_s")),l.cv_pct().unwrap(),rr.cv_pct().unwrap(),rcv,c.number(&n,"R_strideCV_pct"),sw.left.unwrap().mean,sw.right.unwrap().mean,c.number(&n,"L_swing_pct"),c.number(&n,"R_swing_pct"),st.left.unwrap().cv_pct().unwrap(),st.right.unwrap().cv_pct().unwrap(),c.number(&n,"L_swingCV_pct"),c.number(&n,"R_swingCV_pct"),a.to_json(false)["excluded"].to_string(),a.issues.iter().map(|i|i.code.as_str()).collect::<Vec<_>>());}
  grp.entry(n[..4].into()).or_default().push([(l.mean+rr.mean)/2.,(l.cv_pct().unwrap()+rr.cv_pct().unwrap())/2.,(sw.left.unwrap().mean+sw.right.unwrap().mean)/2.,(st.left.unwrap().cv_pct().unwrap()+st.right.unwrap().cv_pct().unwrap())/2.,a.score.value.map_or(f64::NAN,|v|v.points)]);
 }
 for (g,v) in grp{ let col=|k:usize|v.iter().map(|r|r[k]).collect::<Vec<_>>(); println!("{g} n {} stride {:.3}±{:.3} cv {:.2}±{:.2} swing {:.2}±{:.2} swcv {:.2}±{:.2}",v.len(),common::mean(&col(0)),common::sd(&col(0)),common::mean(&col(1)),common::sd(&col(1)),common::mean(&col(2)),common::sd(&col(2)),common::mean(&col(3)),common::sd(&col(3))); }
 }}
