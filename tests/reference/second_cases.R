# The calls of the second file; read by second.R, which tells case().

# means, totals, limits
case("mean", "schools", c(
  "svymean(~score+lunch,d)", "svymean(~kind,d)", "svymean(~urgent,d)", "svymean(~moved,d,na.rm=TRUE)",
  "svymean(~award,d,na.rm=TRUE)", "svymean(~award+moved,d,na.rm=TRUE)",
  "svymean(~I(score>700),d)", "svymean(~log(pupils)+sqrt(score),d)", "svymean(~I(score-before)+I(lunch/100),d)",
  "svymean(~factor(prizes),d)", "svymean(~interaction(kind,target),d)", "svymean(x=x$score,design=d)",
  "svymean(~score,subset(d,kind%in%c('primary','upper') & lunch>30))",
  "svymean(~score,subset(d,!(kind=='middle') | pupils>=1000))",
  "svymean(~score,subset(d,award=='Yes' & !urgent))", "svymean(~score,d[x$lunch<50,])",
  "svymean(~gain+poor,update(d,gain=score-before,poor=as.numeric(lunch>60)))",
  "svymean(~ifelse(score>700,1,0),d)", "svymean(~cut(score,c(0,550,700,1000)),d)", "svymean(cbind(x$score,x$before),d)"))
case("mean", "simple", c("svymean(~score+target_b,d)", "svymean(~target,d)"))
case("mean", "simple_fpc", "svymean(~score+target_b,d)")
case("mean", "shares", "svymean(~score+target_b,d)")
case("mean", "sizes", "svymean(~score+kind,d)")
case("mean", "villages1", c("svymean(~score+full,d)", "svymean(~pupils,d,na.rm=TRUE)", "svymean(~kind+full,d)"))
case("mean", "villages1fpc", "svymean(~score+full,d)")
case("mean", "villages2", c("svymean(~score+full,d)", "svymean(~pupils,d,na.rm=TRUE)",
  "svymean(~score,subset(d,region!='R1'))"), tolerance = 1e-4, note = "two stages with fpc")
case("mean", "villages2w", "svymean(~score+full,d)", tolerance = 1e-4, note = "two stages with fpc")
case("mean", "villages2nofpc", "svymean(~score+full,d)")
case("mean", "villages2", "svymean(~score+full,d)", options = list(survey.ultimate.cluster = TRUE))
case("mean", "health", c("svymean(~chol,d,na.rm=TRUE)", "svymean(~factor(chol)+origin,d,na.rm=TRUE)",
  "svymean(~years,subset(d,female))", "svymean(~chol,subset(d,origin=='o4' & !is.na(chol)))"))
case("mean", "towns_nest", "svymean(~knows+points,d)")
case("mean", "towns_stages", c("svymean(~knows+points,d)", "svytotal(~knows,subset(d,gender=='man'))"),
  tolerance = 1e-4, note = "two stages with fpc")
case("mean", "towns_stages", "svymean(~knows+points,d)", options = list(survey.ultimate.cluster = TRUE))
case("mean", "farms_id", "svymean(~crop,d)")
case("mean", "farms_part", "svymean(~crop,d)")
case("mean_ci", "schools", c("confint(svymean(~score+lunch,d),level=.8)", "confint(svymean(~score,d),'score',level=.99,df=degf(d))",
  "confint(svymean(~kind,d),parm=1:3,df=30)", "confint(svytotal(~pupils,d),df=Inf)", "confint(svyratio(~score,~before,d),df=degf(d))",
  "confint(svyby(~score,~kind,d,svymean),level=.9,df=degf(d))", "confint(svyby(~score+lunch,~kind,d,svymean),df=20)",
  "confint(svycontrast(svymean(~score+before,d),c(1,-1)),level=.9)"))
case("total", "schools", c("svytotal(~pupils+target_b,d)", "svytotal(~kind,d)", "svytotal(~moved,d,na.rm=TRUE)",
  "svytotal(~I(pupils>800),subset(d,urgent))", "svytotal(~one,update(d,one=1))"))
case("total", "plain", c("svytotal(~pupils+target,d)", "svytotal(~urgent,d)"))
case("total", "sizes", "svytotal(~pupils,d)")
case("total", "villages1fpc", "svytotal(~full,d)")
case("total", "villages2", "svytotal(~score+full,d)", tolerance = 1e-4, note = "two stages with fpc")
case("total", "health", "svytotal(~chol,d,na.rm=TRUE)")
case("total", "towns_fpc", "svytotal(~knows+backs,d)")
case("total", "farms", c("svytotal(~crop,d)", "svymean(~crop,d,deff=TRUE)"))
case("cv", "towns", c("cv(svymean(~points,d))", "cv(svytotal(~knows+backs,d))", "cv(svyby(~knows,~gender,d,svymean))",
  "SE(svyby(~knows,~gender,d,svymean))", "SE(svymean(~points+knows,d))", "coef(svytotal(~knows+backs,d))",
  "vcov(svymean(~points+knows,d))", "cv(svyratio(~knows,~backs,d))", "coef(svyby(~knows+backs,~gender,d,svymean))",
  "vcov(svyby(~knows,~gender,d,svymean,covmat=TRUE))"))
case("deff", "towns", c("svymean(~knows+points,d,deff=TRUE)", "svytotal(~knows+points,d,deff=TRUE)", "svymean(~points,d,deff='replace')",
  "svymean(~content,d,na.rm=TRUE,deff=TRUE)", "svymean(~knows,subset(d,gender=='man'),deff=TRUE)",
  "deff(svymean(~knows+points,d,deff=TRUE))", "svyby(~knows+points,~gender,d,svymean,deff=TRUE)",
  "svyby(~points,~gender,d,svytotal,deff=TRUE)", "svymean(~gender,d,deff=TRUE)"))
case("deff", "health", "svymean(~chol,d,na.rm=TRUE,deff=TRUE)")
case("variance", "schools", c("svyvar(~score,d)", "svyvar(~score+lunch,d)", "svyvar(~moved,d,na.rm=TRUE)", "svyvar(~score,subset(d,urgent))"))
case("variance", "towns", c("svyvar(~points,d)", "svyby(~points,~gender,d,svyvar)"))

# rates
ways <- c("logit", "likelihood", "asin", "beta", "mean", "xlogit")
near <- c(logit = 1e-5, likelihood = 1e-4)
for (way in ways) {
  loose <- if (way %in% names(near)) near[[way]] else NULL
  case("prop_ci", "schools", sprintf("svyciprop(~target_b,d,method='%s',level=.9)", way), tolerance = loose)
  case("prop_ci", "towns", c(sprintf("svyciprop(~I(points>=70),d,method='%s',df=12)", way),
    sprintf("svyciprop(~content,subset(d,borough=='B2'|gender=='man'),method='%s',level=.99,na.rm=TRUE)", way)), tolerance = loose)
  case("prop_ci", "health", sprintf("svyciprop(~I(chol==1),subset(d,female),method='%s',df=Inf,na.rm=TRUE)", way), tolerance = loose)
  case("domain_prop_ci", "towns", sprintf("svyby(~backs,~gender+round,d,svyciprop,vartype=c('se','ci'),method='%s')", way), tolerance = loose)
}
case("prop_ci", "towns", c("svyciprop(~nearby,d,method='xlogit',na.rm=TRUE)", "confint(svyciprop(~knows,d,method='beta'))",
  "SE(svyciprop(~knows,d,method='mean'))", "coef(svyciprop(~I(agegroup%in%c(1,2)),d,method='mean'))"))
case("domain_prop_ci", "towns", c("svyby(~I(points>70),~agegroup,d,svyciprop,vartype='ci',method='beta',level=.9)",
  "svyby(~knows,~gender,d,svyciprop,vartype=c('ci','cv'),method='mean',df=9)"))
case("prop_ci_edge", "towns", "svyciprop(~knows,subset(d,borough=='B3'),method='beta')")

# domains
case("domain", "schools", c("svyby(~score,~kind,d,svymean)", "svyby(~score+lunch,~kind,d,svymean)", "svyby(~score,~kind+target,d,svymean)",
  "svyby(~score,~kind+target+urgent,d,svymean)", "svyby(~score,list(sort=x$kind),d,svymean)",
  "svyby(~moved,~kind,d,svymean,na.rm=TRUE,vartype=c('se','ci','cv','cvpct','var'))", "svyby(~score+lunch,~kind,d,svymean,vartype=c('cvpct','var'))",
  "svyby(~score+lunch,~kind,d,svymean,vartype=c('se','ci'))", "svyby(~score,~kind,d,svytotal,vartype='cv')",
  "svyby(~score,~award,d,svymean)", "svyby(~pupils,~urgent,d,svytotal,vartype='ci')", "svyby(~score+lunch,~kind,d,svymean,keep.var=FALSE)",
  "svyby(~score,~kind,d,svymean,keep.var=FALSE)", "svyby(~target,~kind,d,svymean)", "svyby(~score,~interaction(kind,target),d,svymean)",
  "svyby(~score,~kind,subset(d,lunch>20),svymean)", "svyby(~score,~I(pupils>500),d,svymean)", "svyby(~score,~cut(lunch,c(-1,30,60,100)),d,svymean)",
  "svyby(~score,~kind,d,svymean,covmat=TRUE,vartype='var')", "svyby(~score+lunch,~kind,d,svymean,covmat=TRUE)",
  "svyby(~score,~factor(prizes),d,svymean,drop.empty.groups=FALSE)", "svyby(~score,~kind,design=d,FUN=svymean,keep.names=FALSE)"))
case("domain", "villages1", c("svyby(~score,~region,d,svymean,vartype=c('se','cv'))", "svyby(~full+score,~kind+rounds,d,svymean)"))
case("domain", "villages2", "svyby(~score,~kind,d,svymean)", tolerance = 1e-4, note = "two stages with fpc")
case("domain", "health", c("svyby(~chol,~years,d,svymean,na.rm=TRUE,vartype=c('se','cvpct'))", "svyby(~chol,~origin+female,d,svymean,na.rm=TRUE,deff=TRUE)",
  "svyby(~chol,~female,d,svytotal,na.rm=TRUE,vartype='var')", "svyby(~factor(chol),~female,d,svymean,na.rm=TRUE)"))
case("domain", "towns_fpc", c("svyby(~points,~borough,d,svymean,covmat=TRUE)", "svyby(~knows+backs,~gender,d,svytotal,covmat=TRUE)",
  "svyby(~knows,~borough+gender,d,svymean,vartype=c('se','ci'))", "svyby(~content,~agegroup,subset(d,!is.na(content)),svymean,covmat=TRUE)"))
case("domain_n", "towns", c("svyby(~content,~gender,d,unwtd.count,keep.var=FALSE)", "svyby(~knows,~gender+round,d,unwtd.count)", "unwtd.count(~content,d)"))
case("domain_df", "towns", c("sapply(split(seq_len(nrow(d)),d$variables$gender),function(i) degf(d[i,]))", "degf(subset(d,borough%in%c('B1','B2')))",
  "sapply(c(1,3,5),function(k) degf(subset(d,agegroup==k)))"))
case("ratio", "schools", c("svyratio(~score,~before,d)", "svyratio(~score+lunch,~before+pupils,d)", "svyratio(~moved,~pupils,d,na.rm=TRUE)",
  "svyratio(~I(score>700),~I(before>650),d)", "svyratio(~score,~before,subset(d,urgent))", "svyby(~score,~kind,denominator=~before,d,svyratio,vartype=c('se','cv'))",
  "coef(svyratio(~score+lunch,~before,d))", "SE(svyratio(~score,~before,d))", "svyratio(~score,~one,update(d,one=1))"))
case("ratio", "towns", c("svyby(~knows,by=~borough,denominator=~backs,design=d,svyratio)", "svyby(~knows,by=~gender+round,denominator=~backs,design=d,svyratio,covmat=TRUE)"))

# quantiles
case("quantile", "schools", c("svyquantile(~score,d,.5)", "svyquantile(~score+lunch,d,c(.2,.8))", "svyquantile(~moved,d,.5,na.rm=TRUE)",
  "svyquantile(~score,d,c(.1,.9),alpha=.1,interval.type='beta')", "svyquantile(~score,d,.5,interval.type='score',alpha=.2)",
  "svyquantile(~score,d,.5,interval.type='xlogit',df=Inf)", "svyquantile(~score,d,c(.25,.75),ci=FALSE)",
  sprintf("svyquantile(~lunch,d,c(.1,.45,.9),qrule='%s')", c("hf1", "hf2", "hf5", "hf6", "hf7", "hf8", "hf9", "school")),
  "svyquantile(~score,subset(d,urgent & kind!='upper'),.5)", "coef(svyquantile(~score,d,c(.25,.5)))", "SE(svyquantile(~score,d,c(.25,.5)))",
  "confint(svyquantile(~score,d,c(.25,.5)))"))
case("quantile", "towns", c("svyby(~points,~gender,d,svyquantile,quantiles=.5)", "svyby(~points,~gender,d,svyquantile,quantiles=c(.25,.75),ci=TRUE,vartype='ci')",
  "svyquantile(~agegroup,d,c(.3,.6),qrule='hf2')"))

# contrasts
case("contrast", "schools", c("svycontrast(svymean(~score+before,d),c(1,-1))", "svycontrast(svymean(~score+before,d),c(score=1,before=-1))",
  "svycontrast(svymean(~score+before+lunch,d),list(a=c(before=-1,score=1),b=c(lunch=1,before=.5)))", "svycontrast(svymean(~score+before,d),quote(score/before))",
  "svycontrast(svymean(~score+before,d),list(r=quote(log(score/before)),s=quote((score-before)^2)))",
  "svycontrast(svytotal(~score+pupils,d),quote(score/pupils))", "svycontrast(svymean(~kind,d),c(kindupper=1,kindmiddle=-1))",
  "svycontrast(svyby(~score,~kind,d,svymean,covmat=TRUE),c(primary=1,upper=-1))", "svycontrast(svyby(~score,~kind,d,svymean,covmat=TRUE),list(d=c(1,0,-1),m=c(1,1,1)/3))",
  "svycontrast(svyby(~score,~kind,d,svymean,covmat=TRUE),quote(exp(primary/middle)))", "svycontrast(svyglm(score~before+lunch,d),c(before=1,lunch=2))",
  "svycontrast(svyglm(score~before+lunch,d),list(c(0,1,1)))", "svycontrast(svymean(~kind,d),quote(`kindupper`/`kindmiddle`))",
  "svycontrast(svyby(~score,~kind,d,svymean),c(1,-1,0))", "svycontrast(svyratio(~score+lunch,~before,d),c(1,-1))"))
case("trend", "towns", c("{b<-svyby(~backs,~round,d,svymean,covmat=TRUE);list(by=b,diff=svycontrast(b,c(-1,1)),apart=sqrt(sum(SE(b)^2)))}",
  "{b<-svyby(~points,~round+gender,subset(d,borough%in%c('B1','B4')),svymean,covmat=TRUE);list(by=b,diff=svycontrast(b,list(w=c('1.woman'=-1,'2.woman'=1),m=c('1.man'=-1,'2.man'=1))))}",
  "{b<-svyby(~knows,~round,d,svymean,covmat=TRUE);z<-coef(b)[2]-coef(b)[1];v<-vcov(b);list(change=z,se=sqrt(v[1,1]+v[2,2]-2*v[1,2]))}"))

# adjusted weights
towns_margins <- "list(data.frame(gender=c('woman','man'),Freq=c(46000,43000)),data.frame(agegroup=1:6,Freq=c(12000,17000,17500,16500,14500,11500)))"
case("poststrat", "schools", c("{p<-postStratify(d,~kind,data.frame(kind=c('middle','primary','upper'),Freq=c(3100,13400,2300)));c(list(m=svymean(~score,p),t=svytotal(~pupils,p)),wts(p))}",
  "{p<-postStratify(d,~kind+target,{t<-expand.grid(kind=c('primary','middle','upper'),target=c('No','Yes'));t$Freq<-c(1200,900,1100,12000,2100,1200);t});list(svymean(~score+lunch,p),svyratio(~score,~before,p),svyby(~score,~kind,p,svymean),svyglm(score~lunch,p),svychisq(~kind+urgent,p))}",
  "{p<-postStratify(d,~urgent,data.frame(urgent=c(FALSE,TRUE),Freq=c(11000,7500)));list(svymean(~score,p),svymean(~score,subset(p,urgent)),svytotal(~kind,p),degf(p))}",
  "{t<-xtabs(~kind,x);p<-postStratify(d,~kind,t);list(svytotal(~pupils,p),svyby(~score,~target,p,svymean))}"))
case("poststrat", "towns", c("{p<-postStratify(d,~gender,data.frame(gender=c('woman','man'),Freq=c(46000,43000)));list(svymean(~content,p,na.rm=TRUE),svyby(~knows,~borough,p,svymean),svyciprop(~knows,p,method='beta'),svyttest(points~gender,p),svyvar(~points,p),svytable(~gender+knows,p))}",
  "{p<-postStratify(d,~school,data.frame(school=1:6,Freq=c(26000,33000,24000,3600,900,10)),partial=TRUE);list(svymean(~knows,p),sum(weights(p)))}"))
case("rake", "towns", c(sprintf("{p<-rake(d,list(~gender,~agegroup),%s,control=list(maxit=300,epsilon=1e-11));c(list(svymean(~knows+points,p),svytotal(~backs,p),svyby(~knows,~gender,p,svymean),svyratio(~knows,~backs,p)),wts(p))}", towns_margins),
  sprintf("{p<-rake(d,list(~gender,~agegroup),%s,control=list(maxit=300,epsilon=1e-11));list(svyglm(points~gender,p),svychisq(~knows+gender,p),svyciprop(~knows,p,method='xlogit'),svyquantile(~points,p,.5),svyby(~content,~borough,p,svymean,na.rm=TRUE))}", towns_margins),
  "{p<-rake(d,list(~gender+round,~borough),list({t<-expand.grid(gender=c('woman','man'),round=1:2);t$Freq<-c(23000,22000,21000,23000);t},data.frame(borough=paste0('B',c(1:6,8)),Freq=c(12000,12600,12900,12300,13200,12450,13550))),control=list(maxit=300,epsilon=1e-11));list(svymean(~knows,p),svytotal(~acts,p))}"))
model <- "c('(Intercept)'=89000,genderwoman=46000,points=89000*67)"
for (how in c("linear", "raking")) {
  case(paste0("calibrate_", how), "towns", c(sprintf("{p<-calibrate(d,~gender+points,%s,calfun='%s',epsilon=1e-12,maxit=500);c(list(svymean(~knows+content,p,na.rm=TRUE),svytotal(~backs,p),svyby(~acts,~borough,p,svymean),svyratio(~knows,~backs,p)),wts(p))}", model, how),
    sprintf("{p<-calibrate(d,list(~gender,~agegroup),%s,calfun='%s',epsilon=1e-12,maxit=500);list(svymean(~knows+points,p),svyglm(knows~gender,p,family=quasibinomial()),svychisq(~knows+agegroup,p))}", gsub("46000,43000", "46000,43000", sub("11500", "11500", towns_margins)), how)))
}
case("calibrate_linear", "schools", c("{p<-calibrate(d,~kind+before,c(18600,2300,3000,18600*630));c(list(svymean(~score,p),svytotal(~pupils,p),svyby(~score,~target,p,svymean)),wts(p))}",
  "{p<-calibrate(d,~before-1,18600*630);list(svymean(~score,p),svytotal(~score,p))}", "{p<-calibrate(d,~before-1,18600*630,variance=1);list(svymean(~score,p),svytotal(~score,p),wts(p)$sum)}",
  "{p<-calibrate(d,~before,c('(Intercept)'=18600,before=18600*630),calfun=cal.linear);list(svymean(~score,subset(p,urgent)),svyttest(score~urgent,p))}"))
case("calibrate_linear", "villages1", "{p<-calibrate(d,~before,c('(Intercept)'=18600,before=18600*640),aggregate.stage=1);c(list(svymean(~score,p)),wts(p))}")
case("calibrate_raking", "schools", "{p<-calibrate(d,~kind*target,colSums(model.matrix(~kind*target,x)*weights(d))*1.02,calfun='raking',epsilon=1e-12,maxit=200);list(svymean(~score+lunch,p),svytotal(~pupils,p))}")
case("calibrate_logit", "schools", "{p<-calibrate(d,~kind+before,c('(Intercept)'=18600,kindprimary=13300,kindupper=2300,before=18600*632),calfun='logit',bounds=c(.6,1.6),epsilon=1e-12,maxit=500);c(list(svymean(~score,p),svyby(~score,~kind,p,svymean)),wts(p))}")
case("calibrate_bounded", "schools", c("{p<-calibrate(d,~kind+before,c('(Intercept)'=18600,kindprimary=13300,kindupper=2300,before=18600*634),calfun='linear',bounds=c(.93,1.08),epsilon=1e-12,maxit=500);c(list(svymean(~score,p)),wts(p))}",
  "{p<-calibrate(d,~before,c(18600,18600*640),calfun='raking',bounds=list(lower=.9,upper=1.15),epsilon=1e-12,maxit=500);c(list(svymean(~score,p)),wts(p))}"))
case("trim", "towns", c("{p<-trimWeights(d,upper=250,lower=30);c(list(svymean(~knows,p),svytotal(~backs,p)),wts(p))}", "{p<-trimWeights(d,upper=280);c(list(svyby(~knows,~gender,p,svymean)),wts(p))}",
  "{p<-trimWeights(d,lower=60);c(list(svymean(~points,p)),wts(p))}"))
case("standardize", "towns", c("{s<-svystandardize(d,by=~agegroup,over=~gender,population=c(10,20,20,20,18,12));list(svyby(~knows,~gender,s,svymean),svymean(~knows,s),degf(s))}",
  "{s<-svystandardize(d,by=~agegroup,population=c(10,20,20,20,18,12));list(svymean(~knows+points,s),svyby(~knows,~borough,s,svymean))}",
  "{s<-svystandardize(d,by=~agegroup,over=~1,population=c(10,20,20,20,18,12));svymean(~knows,s)}",
  "{s<-svystandardize(d,by=~agegroup,over=~gender,population=c(10,20,20,20,18,12),excluding.missing=~content);svyby(~content,~gender,s,svymean,na.rm=TRUE)}",
  "{s<-svystandardize(d,by=~gender,over=~borough+round,population=c(.5,.5));svyby(~points,~borough+round,s,svymean)}"))

# replicates
for (mse in c("FALSE", "TRUE")) {
  case("rep_jkn", "schools", sprintf(c("svymean(~score+lunch,as.svrepdesign(d,type='JKn',mse=%s))", "svytotal(~pupils,subset(as.svrepdesign(d,type='JKn',mse=%s),urgent))",
    "svyratio(~score,~before,as.svrepdesign(d,mse=%s))", "svyby(~score,~kind,as.svrepdesign(d,type='JKn',mse=%s),svymean,covmat=TRUE,vartype=c('se','cv','var'))"), mse))
  case("rep_jkn", "health", sprintf("svymean(~chol,as.svrepdesign(d,type='JKn',mse=%s),na.rm=TRUE)", mse))
  case("rep_jk1", "villages1", sprintf(c("svymean(~score+full,as.svrepdesign(d,type='JK1',mse=%s))", "{r<-as.svrepdesign(d,type='JK1',mse=%s);list(scale=r$scale,rscales=r$rscales,n=ncol(r$repweights),degf=degf(r))}",
    "svyby(~score+full,~region,as.svrepdesign(d,type='auto',mse=%s),svymean)"), mse))
  case("rep_jk1", "villages1fpc", sprintf("svymean(~score,as.svrepdesign(d,type='JK1',mse=%s))", mse))
  case("rep_jk1", "simple", sprintf("svymean(~score,as.svrepdesign(d,type='JK1',mse=%s))", mse))
  case("rep_brr", "rescue", sprintf(c("svytotal(~saved+calls,as.svrepdesign(d,type='BRR',mse=%s))", "svyratio(~saved,~calls,as.svrepdesign(d,type='BRR',mse=%s))"), mse))
  case("rep_fay", "rescue", sprintf(c("svymean(~saved,as.svrepdesign(d,type='Fay',fay.rho=.3,mse=%s))", "{r<-as.svrepdesign(d,type='Fay',fay.rho=.5,mse=%s);list(r$scale,svyratio(~saved,~calls,r),degf(r))}"), mse))
  case("rep_given", "towns", sprintf(c("{r<-svrepdesign(data=x,type='bootstrap',repweights=boot,weights=~wt,combined.weights=TRUE,mse=%s);list(svymean(~knows+points,r),svyby(~backs,~gender,r,svymean),svyratio(~knows,~backs,r),svyvar(~points,r))}",
    "{r<-svrepdesign(data=x,type='other',repweights=boot,weights=~wt,combined.weights=TRUE,scale=1/30,rscales=rep(1,30),mse=%s);list(svymean(~knows,r),svytotal(~backs,r),r$scale,svycontrast(svyby(~knows,~gender,r,svymean,covmat=TRUE),c(1,-1)))}",
    "{r<-svrepdesign(data=x,type='bootstrap',repweights=boot,weights=x$wt,combined.weights=TRUE,mse=%s);svymean(~content,subset(r,gender=='man'),na.rm=TRUE)}",
    "{r<-svrepdesign(data=x,type='JK1',repweights=boot,weights=~wt,combined.weights=TRUE,scale=.7,rscales=seq(.5,1.5,length.out=30),mse=%s);confint(svymean(~knows,r))}"), mse))
  case("rep_given", "rescue", sprintf(c("{r<-svrepdesign(data=x,type='BRR',repweights=halves,combined.weights=FALSE,mse=%s);list(svymean(~saved+calls,r),svytotal(~saved,r),degf(r))}",
    "{r<-svrepdesign(data=x,type='Fay',rho=.4,repweights=halves,combined.weights=FALSE,mse=%s);svytotal(~saved,r)}"), mse))
}
case("rep_jkn", "towns", c("{r<-as.svrepdesign(d,type='JKn');list(svyglm(knows~gender,r,family=quasibinomial()),svyciprop(~knows,r,method='xlogit'),svychisq(~knows+gender,r),svyttest(points~gender,r))}",
  "{r<-as.svrepdesign(d,type='JKn');list(svyby(~knows+points,~gender,r,svymean,vartype=c('se','ci')),svycontrast(svymean(~knows+backs,r),quote(knows/backs)),svymean(~gender,r),SE(svymean(~knows,r)),cv(svymean(~knows+points,r)))}"),
  tolerance = 1e-5)

# lonely clusters
for (rule in c("remove", "certainty", "adjust", "average")) {
  case("lonely_psu", "lonely", c("svymean(~backs+points,d)", "svyby(~points,~gender,d,svymean)", "svyratio(~knows,~backs,d)"), options = list(survey.lonely.psu = rule))
  if (rule != "adjust") case("lonely_psu", "lonely_fpc", c("svytotal(~backs,d)", "svymean(~content,subset(d,gender=='man'),na.rm=TRUE)"), options = list(survey.lonely.psu = rule))
  if (rule != "remove" && rule != "certainty") case("lonely_psu_domain", "lonely",
    c("svymean(~knows,subset(d,agegroup==2))", "svyby(~points,~agegroup,d,svymean)"), options = list(survey.lonely.psu = rule, survey.adjust.domain.lonely = TRUE))
}
case("lonely_psu", "lonely", "svytotal(~backs,d)")
case("lonely_psu", "lonely", "svyglm(points~gender,d)", options = list(survey.lonely.psu = "average"))

# tests and tables
for (kind in c("F", "Chisq", "Wald", "adjWald", "lincom", "saddlepoint")) {
  early <- kind %in% c("lincom", "saddlepoint")
  further <- if (early) list(tolerance = 1e-7, note = "R solves for the saddlepoint with uniroot(tol = 1e-8)") else list()
  told <- function(design, calls) do.call(case, c(list("chisq", design, sprintf(calls, kind)), further))
  told("schools", c("svychisq(~kind+target,d,statistic='%s')", "svychisq(~award+urgent,d,statistic='%s')"))
  told("health", "svychisq(~chol+years,d,statistic='%s')")
  told("towns", "svychisq(~content+agegroup,subset(d,gender=='man'),statistic='%s')")
}
case("chisq", "towns", c("svychisq(~knows+gender,d)", "svychisq(~nearby+gender,d)", "svychisq(~knows+gender,d)$p.value", "svychisq(~knows+gender,design=d,statistic='Wald')$statistic"))
case("ttest", "schools", c("svyttest(score~target,d)", "svyttest(score~urgent,d)", "svyttest(moved~target,d)", "svyttest(score~award,d)", "svyttest(I(score-before)~0,d)",
  "svyttest(score~target_b,subset(d,kind!='middle'))", "confint(svyttest(score~target,d),level=.9)", "svyttest(score~I(lunch>50),d)", "svyttest(I((score-before)/10)~1,d)", "svyttest(score~target,d)$p.value"))
for (kind in c("wilcoxon", "vanderWaerden", "median"))
  case("ranktest", "schools", sprintf(c("svyranktest(score~target,d,test='%s')", "svyranktest(score~kind,d,test='%s')"), kind))
case("ranktest", "schools", c("svyranktest(score~target,d,test='KruskalWallis')", "svyranktest(moved~urgent,d)"))
case("ranktest", "towns", c("svyranktest(points~gender,subset(d,round==2))", "svyranktest(content~gender,d)", "svyranktest(points~borough,d,test='KruskalWallis')"))
case("table", "schools", c("svytable(~kind,d)", "svytable(~kind+target,d)", "svytable(~award+urgent,d)", "svytable(~kind+target,d,Ntotal=100)", "svytable(~kind+target,d,round=TRUE)", "prop.table(svytable(~kind+target,d),1)",
  "svytable(~I(score>700)+kind,d)", "svytable(~kind+target+urgent,d)", "svytable(~kind,subset(d,urgent))", "svytable(~prizes,d,Ntotal=1)"))
case("table", "towns", c("svymean(~interaction(knows,gender),d)", "list(svyby(~factor(agegroup),~gender,d,svymean),svytable(~agegroup+gender,d))"))

# models
case("glm_gaussian", "schools", c("svyglm(score~before+lunch,d)", "svyglm(score~kind*target,d)", "svyglm(log(pupils)~kind+I(lunch^2)+urgent,d)", "svyglm(score~moved+award,d)", "svyglm(score~before,subset(d,urgent))",
  "svyglm(score~lunch:kind-1,d)", "svyglm(score~factor(prizes)+scale(lunch),d)", "svyglm(score~1,d)", "svyglm(score~before,d,subset=urgent)", "svyglm(score~relevel(factor(kind),ref='upper'),d)",
  "confint(svyglm(score~before+lunch,d),'lunch',level=.9)", "confint(svyglm(score~before+lunch,d),parm=2:3)", "confint(svyglm(score~before+lunch,d),ddf=Inf)", "coef(summary(svyglm(score~kind+before,d)))", "vcov(svyglm(score~before,d))",
  "SE(svyglm(score~before,d))", "svyglm(prizes~lunch+kind,d,family=quasipoisson())", "svyglm(prizes~lunch,d,family=poisson(link='log'))", "summary(svyglm(score~before,d),df.resid=Inf)$coefficients", "degf(d)-svyglm(score~before,d)$df.residual"))
case("glm_gaussian", "villages1", "svyglm(score~kind+lunch,d)")
case("glm_gaussian", "farms", "svyglm(crop~1,d)")
case("glm_binomial", "towns", c("svyglm(knows~gender+points,d,family=quasibinomial())", "svyglm(I(points>70)~gender*round,d,family=quasibinomial)", "svyglm(backs~factor(agegroup)+factor(round),subset(d,borough!='B3'),family='quasibinomial')",
  "svyglm(content~gender*factor(round)+points,d,family=quasibinomial())", "svyglm(nearby~gender,d,family=quasibinomial())", "svyglm(knows~I(agegroup>=4)+log(points),d,family=quasibinomial())",
  "exp(coef(svyglm(knows~gender,d,family=quasibinomial())))", "exp(confint(svyglm(knows~gender,d,family=quasibinomial())))", "svycontrast(svyglm(knows~gender+round,d,family=quasibinomial()),c(genderwoman=1,round=-1))"))
case("glm_binomial", "health", "svyglm(chol~female+years,d,family=quasibinomial())")
case("glm_binomial", "schools", "svyglm(factor(target)~lunch+score,d,family=quasibinomial())")
case("glm_termtest", "towns", c("regTermTest(svyglm(knows~gender*factor(round),d,family=quasibinomial()),~gender:factor(round))", "regTermTest(svyglm(points~gender+factor(agegroup),d),~factor(agegroup))",
  "regTermTest(svyglm(points~gender+factor(agegroup),d),'gender')", "regTermTest(svyglm(points~gender+factor(agegroup)+round,d),~gender+round)", "regTermTest(svyglm(points~gender+round,d),~round,df=Inf)",
  "regTermTest(svyglm(points~gender+round,d),~gender,df=20)$p", "regTermTest(svyglm(points~gender*round,d),~gender*round)", "regTermTest(svyglm(points~gender+round,d),~round,null=0.5)"))
case("glm_margins", "towns", c("svypredmeans(svyglm(knows~factor(agegroup),d,family=quasibinomial()),~factor(gender))", "svypredmeans(svyglm(points~round,d),~factor(borough))", "svypredmeans(svyglm(knows~points,d,family=quasibinomial()),~interaction(gender,round))",
  "svycontrast(svypredmeans(svyglm(points~round,d),~factor(gender)),c(1,-1))"))

# unequal probabilities
case("pps", "precincts", c("svytotal(~first+second,d)", "svymean(~first,d)", "svyratio(~first,~all,d)", "svytotal(~first,subset(d,size=='small'))", "svyby(~first,~size,d,svytotal)"))
case("pps", "precincts_size", c("svytotal(~first,d)", "svyratio(~second,~all,d)"))

# the reference's own functions and other packages, by formula
case("nchs", "towns", c("nchs('backs','borough',d)", "nchs('content','agegroup',d,level=.9)"))
case("nchs", "health", "nchs('chol','origin',d)")
case("ranks", NULL, c("kww(DATA$areas$direct,DATA$areas$se,.95,'sidak')", "kww(DATA$areas$direct,DATA$areas$se,.8,'bonferroni')"))
case("ranks", "towns", "{b<-svyby(~points,~borough,d,svymean);kww(coef(b),SE(b),.9,'sidak')}")
case("sample_size", NULL, c("nProp(CV0=.04,pU=.2)", "nProp(V0=.02^2,N=8000,pU=.35)", "nPropMoe(moe.sw=1,e=.03,alpha=.1,pU=.4,N=12000)", "nPropMoe(moe.sw=2,e=.1,alpha=.05,pU=.25)", "nWilson(moe.sw=1,alpha=.1,pU=.6,e=.04)$n.sam",
  "nWilson(moe.sw=2,alpha=.05,pU=.3,e=.15)$n.sam", "strAlloc(n.tot=350,Nh=c(500,900,2600),Sh=c(4,2,9),alloc='neyman')", "strAlloc(n.tot=350,Nh=c(500,900,2600),alloc='prop')", "strAlloc(Nh=c(500,900,2600),Sh=c(4,2,9),cost=9000,ch=c(20,35,10),alloc='totcost')",
  "strAlloc(Nh=c(500,900,2600),Sh=c(4,2,9),V0=.2,ch=c(20,35,10),alloc='totvar')", "strAlloc(Nh=c(500,900,2600),Sh=c(4,2,9),CV0=.05,ybarU=8,ch=c(20,35,10),alloc='totvar')", "sapply(c(.1,.3,.5),function(p) nProp(CV0=.1,N=5000,pU=p))",
  "ceiling(nPropMoe(moe.sw=1,e=.05,alpha=.05,pU=.5,N=Inf))"))
inclusionprobabilities <- inclusion
case("pps_probs", NULL, c("inclusionprobabilities(c(10,20,700,40,55,90,14),3)", "round(inclusionprobabilities(DATA$precincts$all,12),10)"))
for (method in c("REML", "ML", "FH"))
  case("fay_herriot", NULL, sprintf(c("{f<-mseFH(direct~help+factor(near),se^2,method='%s',MAXITER=500,PRECISION=1e-10,data=DATA$areas);list(eblup=as.vector(f$est$eblup),mse=as.vector(f$mse),refvar=f$est$fit$refvar,beta=f$est$fit$estcoef$beta,se=f$est$fit$estcoef$std.error)}",
    "{A<-DATA$areas;f<-mseFH(A$direct~A$region,A$se^2,method='%s',MAXITER=500,PRECISION=1e-10);list(as.vector(f$est$eblup),as.vector(f$mse),f$est$fit$refvar)}"), method))
case("fay_herriot", NULL, "eblupFH(direct~1,se^2,method='REML',MAXITER=500,PRECISION=1e-10,data=DATA$areas)$fit$refvar")
case("unit_eblup", NULL, "{X<-data.frame(k=c('R0','R1','R2','R3'),lunch=c(50,45,55,60));N<-data.frame(k=c('R0','R1','R2','R3'),n=c(900,800,1000,700));r<-eblupBHF(score~lunch,dom=region,meanxpop=X,popnsize=N,data=DATA$villages);list(r$eblup$eblup,as.vector(r$fit$fixed),r$fit$refvar,r$fit$errorvar)}")

# further forms of calls: parts of results, formulas made of texts, other designs
case("rep_brr", "pairs", c(
  "svymean(~knows+points,as.svrepdesign(d,type='BRR'))",
  "svyratio(~knows,~backs,as.svrepdesign(d,type='BRR',mse=TRUE))",
  "svyratio(~knows,~backs,as.svrepdesign(d,type='Fay',fay.rho=.3))",
  "svyby(~points,~gender,as.svrepdesign(d,type='BRR'),svymean)",
  "{r<-as.svrepdesign(d,type='BRR');list(r$scale,ncol(r$repweights),degf(r),r$rscales)}"))
case("mean", "shares_only", c(
  "svymean(~score,d)",
  "svytotal(~pupils,d)"))
case("mean", "villages_nest", c(
  "svymean(~score,d)"), tolerance = 1e-4, note = "two stages with fpc")
case("rep_jkn", "schools", c(
  "svyvar(~score+lunch,as.svrepdesign(d))",
  "regTermTest(svyglm(score~lunch+kind,as.svrepdesign(d)),~kind)",
  "svytable(~kind+target,as.svrepdesign(d))",
  "svyranktest(score~target,as.svrepdesign(d))",
  "svymean(~score,as.svrepdesign(d),deff=TRUE)"))
case("rep_jkn", "towns", c(
  "svymean(~content,as.svrepdesign(d,type='JKn',compress=FALSE),na.rm=TRUE)",
  "svyby(~content,~gender,as.svrepdesign(d),svymean,na.rm=TRUE,keep.var=FALSE)",
  "svycontrast(svyby(~knows,~gender,as.svrepdesign(d),svymean,covmat=TRUE),c(man=1,woman=-1))",
  "svymean(~knows,subset(as.svrepdesign(d),gender=='man' & points>60))",
  "confint(svymean(~knows+points,as.svrepdesign(d)),df=degf(d))"))
case("rep_given", "towns", c(
  "{r<-svrepdesign(data=x,type='bootstrap',repweights=boot/x$wt,weights=~wt,combined.weights=FALSE);svymean(~knows,r)}",
  "{r<-svrepdesign(variables=x[,c('knows','gender')],type='bootstrap',repweights=boot,weights=x$wt,combined.weights=TRUE);svymean(~knows,r)}",
  "{r<-svrepdesign(data=x,type='bootstrap',repweights=boot,weights=~wt,combined.weights=TRUE,degf=20);c(degf(r),degf(subset(r,gender=='man')))}",
  "{r<-svrepdesign(data=x,type='bootstrap',repweights=as.data.frame(boot),weights=~wt,combined.weights=TRUE);svyglm(knows~gender,r,family=quasibinomial())}"))
case("table", "schools", c(
  "as.data.frame(svytable(~kind+target,d))",
  "addmargins(svytable(~kind+target,d))",
  "round(prop.table(svytable(~kind+target,d)),4)",
  "margin.table(svytable(~kind+target,d),1)",
  "t(svytable(~kind+target,d))",
  "sum(svytable(~kind,d))",
  "svytable(~kind+target,d)['upper','Yes']",
  "apply(svytable(~kind+target,d),1,sum)",
  "colSums(svytable(~kind+target,d))",
  "dim(svytable(~kind+target,d))",
  "as.vector(svytable(~kind,d))",
  "names(svytable(~kind,d))",
  "svyby(~target,~kind,d,svytotal)"))
case("mean", "schools", c(
  "{m<-svymean(~score+lunch,d);data.frame(est=coef(m),se=SE(m))}",
  "attr(svymean(~score+lunch,d),'var')",
  "sqrt(diag(vcov(svymean(~score+lunch,d))))",
  "coef(svymean(~score+lunch,d))['lunch']",
  "svymean(~score+lunch,d)[1]",
  "coef(svymean(~score+lunch,d))[[2]]",
  "{m<-svymean(~score,d);as.numeric(m)+c(-1,1)*1.96*as.numeric(SE(m))}",
  "round(coef(svymean(~kind,d)),3)",
  "{b<-svyby(~score,~kind,d,svymean);b$score-b$se}",
  "{b<-svyby(~score,~kind,d,svymean,vartype=c('se','ci'));b[['ci_l']]}",
  "svyby(~score,~kind,d,svymean)$kind",
  "svyby(~score,~kind,d,svymean)[2,'score']",
  "svyby(~score,~kind,d,svymean)['upper','se']",
  "as.data.frame(svyby(~score,~kind,d,svymean))",
  "{b<-svyby(~score,~kind,d,svymean);setNames(b$score,b$kind)}",
  "nrow(d)",
  "dim(d)",
  "sum(weights(d))",
  "names(d$variables)[1:3]",
  "mean(x$score)",
  "weighted.mean(x$score,weights(d))",
  "d$variables$score[1:3]",
  "1/d$prob[1:2]",
  "SE(svymean(~score,d))/coef(svymean(~score,d))*100",
  "lapply(c('score','lunch'),function(v) svymean(as.formula(paste0('~',v)),d))",
  "sapply(c(a='score',b='lunch'),function(v) coef(svymean(reformulate(v),d)))",
  "svymean(make.formula(c('score','lunch')),d)",
  "do.call(svymean,list(~score,d))",
  "svymean(~score,subset(subset(d,urgent),lunch>20))",
  "svymean(~score,d[d$variables$urgent,])",
  "svymean(~score,d[which(x$lunch>50),])",
  "svymean(~score,subset(d,is.na(award)))",
  "svymean(~score,subset(d,award=='Yes'|is.na(award)))",
  "svymean(~score,subset(d,score>mean(score)))",
  "svymean(~score,subset(d,kind %in% c('primary') & !(lunch>=20 & lunch<=60)))",
  "svymean(~score,subset(d,xor(urgent,target=='Yes')))",
  "svymean(~score,subset(d,startsWith(kind,'p')))",
  "svymean(~as.numeric(kind=='primary'),d)",
  "svymean(~(kind=='primary')+score,d)",
  "svymean(~factor(target,levels=c('Yes','No')),d)",
  "svymean(~I(ifelse(lunch>50,'poor','rich')),d)",
  "svymean(~pmin(score,700)+abs(lunch-50),d)",
  "svymean(~kind:target,d)",
  "svymean(~scale(score),d)",
  "svymean(~exp(lunch/100),d)",
  "{e<-update(d,g=factor(ifelse(lunch>50,'p','r'),levels=c('r','p')));svyby(~score,~g+kind,e,svymean)}",
  "{e<-update(d,a=score*2,b=a+1);svymean(~a+b,e)}",
  "{e<-transform(d,a=score*2);svymean(~a,e)}",
  "svymean(~score,svydesign(ids=~1,strata=~kind,weights=~wgt,data=x))",
  "svymean(~score,svydesign(id=~1,strata=~kind,weights=~wgt,fpc=~pop,data=x))",
  "{e<-svydesign(ids=~place,weights=~wgt,data=x);list(svymean(~score,e),degf(e))}"))
case("domain", "schools", c(
  "svyby(~score,~kind,d,svymean,na.rm.all=TRUE)",
  "svyby(~moved,~award,d,svymean,na.rm=TRUE,na.rm.by=TRUE)",
  "svyby(~moved,~kind,d,svymean,na.rm.all=TRUE)",
  "svyby(~score,~kind,d,svymean,vartype=c('ci','se'))",
  "svyby(~score,~kind,d,svymean,deff='replace')",
  "svyby(~score,~kind,d,svymean,deff=TRUE,vartype=c('se','ci','cv'))",
  "svyby(~target_b,~kind,d,svyciprop,vartype='ci',method='xlogit',level=.8)",
  "svyby(~score,~kind,d,svyvar)",
  "svyby(~score,~kind,d,function(f,e,...) svymean(f,e))",
  "svyby(~score,~place>300,d,svymean)",
  "svyby(~score,~kind,d,svymean,verbose=FALSE)",
  "svyby(~score,by=~kind,design=subset(d,!is.na(moved)),FUN=svytotal,covmat=TRUE)",
  "svyby(~moved,~kind,d,svymean)",
  "svyby(~one,~kind,update(d,one=1),svytotal)",
  "svyby(~award,~kind,d,svymean,na.rm=TRUE)",
  "svyby(~score,~paste(kind,target),d,svymean)",
  "svyby(~score,~kind,d,svyquantile,quantiles=c(.5),ci=TRUE,vartype=c('se','ci'))",
  "cv(svyby(~score,~kind,d,svymean))",
  "vcov(svyby(~score,~kind,d,svymean))",
  "vcov(svyby(~score+lunch,~target,d,svymean,covmat=TRUE))",
  "coef(svyby(~score+lunch,~target,d,svymean))",
  "deff(svyby(~score,~kind,d,svymean,deff=TRUE))",
  "svyby(~unit,~kind,update(d,unit=1),unwtd.count,keep.var=FALSE)",
  "svyby(~score,~kind,d,unwtd.count,vartype='se')"))
case("glm_gaussian", "schools", c(
  "summary(svyglm(score~lunch,d))$coefficients[2,4]",
  "coef(svyglm(score~kind,d))['kindupper']",
  "svyglm(score~lunch*kind*target,subset(d,pupils>300))",
  "svyglm(score~(lunch+kind+target)^2,d)",
  "svyglm(score~kind/lunch,d)",
  "svyglm(score~log(pupils)*urgent,d)",
  "svyglm(I(score/before)~kind,d)",
  "svyglm(score~cut(lunch,c(-1,25,75,101)),d)",
  "svyglm(prizes~lunch,d,family=poisson)",
  "svyglm(score~kind,d,family=gaussian())",
  "svyglm(score~kind-1,d)",
  "svyglm(score~0+kind+lunch,d)",
  "confint(svyglm(score~kind,d),level=.99)",
  "svyglm(score~lunch,d)$df.residual",
  "svyglm(score~factor(prizes)*urgent,d)",
  "svyglm(score~I(kind=='primary')+moved,d)",
  "svyglm(score~as.factor(urgent),d)",
  "svyglm(score~pmax(lunch,20),d)",
  "SE(svyglm(score~kind,d))['kindupper']",
  "sqrt(diag(vcov(svyglm(score~kind,d))))",
  "exp(coef(svyglm(prizes~lunch,d,family=quasipoisson())))",
  "svyglm(score~lunch,design=d,family=gaussian(link='identity'))"))
case("quantile", "schools", c(
  "svyquantile(~score,d,quantiles=.5,ci=TRUE)",
  "svyquantile(~score,d,quantile=c(.5))",
  "svyquantile(~score,d,.5,df=20)",
  "svyquantile(~score,d,.5,interval.type='beta',df=15,alpha=.2)",
  "svyquantile(~score,d,.5,se=TRUE)",
  "svyquantile(~score+moved,d,.5,na.rm=TRUE)",
  "svyquantile(~score,d,seq(.1,.9,.2),qrule='school')",
  "svyquantile(~I(score/before),d,.5)",
  "svyquantile(~score,d,.5)$score[1,1]",
  "svyquantile(~score,d,.5)[['score']]",
  "svyquantile(~score,d,.5,interval.type='xlogit',qrule='hf6')",
  "svyquantile(~score,d,.5,interval.type='score',qrule='hf7')",
  "svyquantile(~log(score),d,c(.5,.9),alpha=.01)"))
case("quantile", "towns_fpc", c(
  "svyquantile(~points,subset(d,gender=='man'),c(.1,.5),interval.type='xlogit')",
  "svyby(~points,~gender+round,d,svyquantile,quantiles=.5,vartype=c('se','ci'))",
  "svyby(~points+visits,~gender,d,svyquantile,quantiles=.5)"))
case("pps", "precincts", c(
  "svyvar(~first,d)",
  "svymean(~I(first>second),d)",
  "degf(d)",
  "svyglm(first~all,d)",
  "svytotal(~first,d,deff=TRUE)"))
case("poststrat", "towns", c(
  "{p<-trimWeights(postStratify(d,~gender,data.frame(gender=c('woman','man'),Freq=c(46000,43000))),upper=300);list(svymean(~knows,p))}",
  "{p<-postStratify(d,~gender,data.frame(gender=c('woman','man'),Freq=c(46000,43000)));svytotal(~gender,p)}",
  "{p<-postStratify(d,~gender,data.frame(gender=c('woman','man'),Freq=c(46000,43000)));svymean(~knows,subset(p,gender=='man' & round==1),deff=TRUE)}",
  "{p<-postStratify(d,~gender,data.frame(gender=c('woman','man'),Freq=c(46000,43000)));svyquantile(~points,p,c(.25,.5))}",
  "{p<-rake(d,list(~gender),list(data.frame(gender=c('woman','man'),Freq=c(46000,43000))));list(svymean(~knows,p))}",
  "{p<-rake(d,sample.margins=list(~gender,~round),population.margins=list(xtabs(~gender,x)*3,xtabs(~round,x)*3));list(svymean(~knows,p),svytotal(~knows,p))}"))
case("calibrate_linear", "towns", c(
  "{p<-calibrate(d,~gender,c(89000,46000),bounds=c(-Inf,Inf));svymean(~knows,p)}",
  "{p<-calibrate(d,~points,c(89000,89000*67));list(svymean(~points+knows,p),svyvar(~knows,p),svyby(~knows,~gender,p,svymean,vartype=c('se','cv','ci')))}",
  "{p<-calibrate(d,list(~gender+round),list(xtabs(~gender+round,x)*150));svymean(~knows,p)}",
  "{p<-calibrate(d,~gender*round,c(89000,46000,133000,70000));svymean(~knows,p)}"))
case("trim", "schools", c(
  "{p<-trimWeights(d,upper=100,lower=50,strict=FALSE);list(svymean(~score,p),range(weights(p)))}",
  "{p<-trimWeights(d,upper=500);list(svymean(~score,p),sum(weights(p)))}"))
case("lonely_psu", "lonely", c(
  "svyglm(points~gender,d)",
  "svyciprop(~knows,d,method='beta')",
  "svychisq(~knows+gender,d)",
  "svyttest(points~gender,d)",
  "degf(d)",
  "svyquantile(~points,d,.5)",
  "{p<-postStratify(d,~gender,data.frame(gender=c('woman','man'),Freq=c(46000,43000)));svymean(~knows,p)}"), options = list(survey.lonely.psu = "average"))
case("lonely_psu", "lonely", c(
  "svymean(~knows,as.svrepdesign(d,type='JKn'))"), options = list(survey.lonely.psu = "remove"))
